// SPDX-License-Identifier: ISC
#include "lib/process/title.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "tests/unit/unit.h"

using lib::ProcessTitle;

namespace {

// Texts one after the other, as exec leaves them, until it is destroyed.
class Exec {
 public:
  Exec(const std::vector<std::string>& arguments,
       const std::vector<std::string>& variables)
      : saved_(environ) {
    for (const auto* list : {&arguments, &variables})
      for (const std::string& text : *list) memory.append(text).push_back('\0');
    char* at = memory.data();
    for (const auto& [list, pointers] :
         {std::pair{&arguments, &argv}, std::pair{&variables, &env_}}) {
      for (const std::string& text : *list) {
        pointers->push_back(at);
        at += text.size() + 1;
      }
      pointers->push_back(nullptr);
    }
    environ = env_.data();
  }
  Exec(const Exec&) = delete;
  Exec& operator=(const Exec&) = delete;
  ~Exec() {
    for (auto* pointers : {&argv, &env_})
      for (char* text : *pointers)
        if (!is_original(text)) free(text);
    environ = saved_;
  }
  [[nodiscard]] bool is_original(const char* text) const {
    return text >= memory.data() && text < memory.data() + memory.size();
  }
  [[nodiscard]] int argc() const { return static_cast<int>(argv.size()) - 1; }
  // What ps shows: Linux stops at the first NUL of a title.
  [[nodiscard]] std::string_view shown() const { return memory.c_str(); }

  std::string memory;
  std::vector<char*> argv;

 private:
  std::vector<char*> env_;
  char** saved_;
};

}  // namespace

TEST(a_title_takes_the_place_of_arguments_and_environment) {
  Exec exec({"prog", "--title"}, {"USER=joe", "HOME=/home/joe"});
  const ProcessTitle title(exec.argc(), exec.argv.data());
  title.show("prog", {"joe", "192.0.2.7"});
  CHECK_EQUAL(exec.shown(), "prog: joe 192.0.2.7");
  title.show("prog", {"al", ""});
  CHECK_EQUAL(exec.shown(), "prog: al");
  CHECK_EQUAL(exec.memory.find_first_not_of('\0', exec.shown().size()),
              std::string::npos);
  CHECK_EQUAL(std::string_view(exec.argv[0]), "prog");
  CHECK_EQUAL(std::string_view(exec.argv[1]), "--title");
  CHECK_EQUAL(std::string_view(getenv("USER")), "joe");
  CHECK_EQUAL(std::string_view(getenv("HOME")), "/home/joe");
}

TEST(without_the_option_nothing_is_copied_and_nothing_shown) {
  Exec exec({"prog", "-t", "--trace"}, {"USER=joe"});
  const std::string before = exec.memory;
  const ProcessTitle title(exec.argc(), exec.argv.data());
  title.show("prog", {"joe"});
  CHECK(exec.memory == before);
  CHECK(exec.is_original(exec.argv[0]));
  CHECK(exec.is_original(getenv("USER")));
}

TEST(a_title_that_does_not_fit_is_cut) {
  Exec exec({"p", "--ti"}, {});
  const ProcessTitle title(exec.argc(), exec.argv.data());
  title.show("prog", {"joe", "192.0.2.7"});
  CHECK_EQUAL(exec.shown(), "prog: ");
  CHECK_EQUAL(exec.memory.back(), '\0');
}

TEST(a_title_ends_where_the_environment_lies_elsewhere) {
  Exec exec({"prog", "--title"}, {"A=1", "B=2"});
  char other[] = "C=elsewhere";
  environ[0] = other;
  const ProcessTitle title(exec.argc(), exec.argv.data());
  title.show("prog", {"a-name-that-is-longer-than-this"});
  CHECK_EQUAL(exec.shown(), "prog: a-name");
  CHECK_EQUAL(std::string_view(getenv("B")), "2");
  environ[0] = exec.memory.data() + exec.memory.size() - 1;
}

TEST(a_word_cannot_forge_another_or_a_control_character) {
  Exec exec({"prog", "--title"}, {"SPACE=enough for such a title as this is"});
  const ProcessTitle title(exec.argc(), exec.argv.data());
  title.show("prog", {"joe 192.0.2.1", "\x1b[2J\n\xc3\xa9\x7f"});
  CHECK_EQUAL(exec.shown(), "prog: joe?192.0.2.1 ?[2J????");
}

TEST(a_program_without_arguments_or_environment_has_no_title) {
  char* none[] = {nullptr};
  ProcessTitle(0, none).show("prog", {"joe"});
  Exec exec({"prog", "--title"}, {});
  char** const saved = environ;
  environ = nullptr;  // as clearenv() leaves it
  const ProcessTitle title(exec.argc(), exec.argv.data());
  title.show("p", {"joe"});
  CHECK_EQUAL(exec.shown(), "p: joe");
  environ = saved;
}
