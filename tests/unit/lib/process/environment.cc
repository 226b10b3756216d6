// SPDX-License-Identifier: ISC
#include "lib/process/environment.h"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "tests/unit/unit.h"

using lib::set_variable;
using lib::unset_variable;

namespace {

// Replaces the environment by these entries until it is destroyed.
class Environment {
 public:
  explicit Environment(std::vector<std::string> entries)
      : entries_(std::move(entries)), saved_(environ) {
    for (std::string& entry : entries_) pointers_.push_back(entry.data());
    pointers_.push_back(nullptr);
    environ = pointers_.data();
  }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;
  ~Environment() { environ = saved_; }

 private:
  std::vector<std::string> entries_;
  std::vector<char*> pointers_;
  char** saved_;
};

std::string value_of(const char* name) {
  const char* value = getenv(name);
  return value == nullptr ? "" : value;
}

std::string shown() {
  std::string all;
  for (char** entry = environ; *entry != nullptr; ++entry)
    all.append(*entry).append(" ");
  return all;
}

}  // namespace

TEST(a_variable_is_added_or_replaced_in_place) {
  const Environment environment({"A=1", "B=2"});
  set_variable("C", "3");
  set_variable("A", "");
  set_variable("N", uint64_t{18446744073709551615U});
  CHECK_EQUAL(shown(), "A= B=2 C=3 N=18446744073709551615 ");
  CHECK_EQUAL(value_of("C"), "3");
}

TEST(a_name_is_compared_whole) {
  const Environment environment({"AB=1", "A=2", "ABC"});
  set_variable("A", "3");
  set_variable("ABC", "4");
  unset_variable("B");
  CHECK_EQUAL(shown(), "AB=1 A=3 ABC ABC=4 ");
  unset_variable("AB");
  CHECK_EQUAL(shown(), "A=3 ABC ABC=4 ");
}

TEST(every_entry_of_a_repeated_name_is_unset) {
  const Environment environment({"A=1", "B=2", "A=3", "A=4", "C=5", "A=6"});
  unset_variable("A");
  CHECK_EQUAL(shown(), "B=2 C=5 ");
}

TEST(a_null_environment_counts_as_empty) {
  const Environment environment({"A=1"});
  environ = nullptr;
  unset_variable("A");
  set_variable("B", "2");
  CHECK_EQUAL(shown(), "B=2 ");
}

TEST(an_empty_environment_can_gain_and_lose_a_variable) {
  const Environment environment({});
  unset_variable("A");
  set_variable("A", "1");
  CHECK_EQUAL(shown(), "A=1 ");
  unset_variable("A");
  CHECK_EQUAL(shown(), "");
}

// The value is a part of the entry that it replaces.
TEST(a_value_may_come_from_the_environment) {
  const Environment environment({"A=12345"});
  set_variable("A", environ[0] + 4);
  CHECK_EQUAL(shown(), "A=345 ");
}

// In a child, because this memory is freed only at its end.
TEST(more_and_longer_variables_than_the_store_holds_are_set) {
  const pid_t child = fork();
  if (child == 0) {
    const Environment environment({"A=1"});
    const std::string longer(5000, 'x');
    std::string wanted = "A=1 ";
    for (int i = 0; i < 200; ++i) {
      const std::string name = "V" + std::to_string(i);
      const std::string value = i % 50 == 0 ? longer : "v";
      set_variable(name, value);
      wanted.append(name).append("=").append(value).append(" ");
    }
    const bool all = shown() == wanted;
    unset_variable("A");
    set_variable("V199", "last");
    _exit(all && shown().starts_with("V0=") && value_of("V150") == longer &&
                  value_of("V199") == "last"
              ? 0
              : 1);
  }
  int status = -1;
  CHECK_EQUAL(waitpid(child, &status, 0), child);
  CHECK_EQUAL(status, 0);
}

TEST(an_equal_value_leaves_its_entry_alone) {
  const Environment environment({"A=1", "B=2"});
  const char* const before = getenv("A");
  set_variable("A", "1");
  CHECK(getenv("A") == before);
  set_variable("A", "11");
  CHECK_EQUAL(shown(), "A=11 B=2 ");
}

TEST(temporary_variables_go_and_free_their_memory) {
  const Environment environment({"A=1", "PROTO=TCP"});
  const char* memory = nullptr;
  for (int round = 0; round < 1000; ++round) {
    const lib::TemporaryVariables variables;
    set_variable("B", std::string(static_cast<size_t>(round % 50), 'x'));
    // This one was there before.
    set_variable("PROTO", "TCP");
    set_variable("C", "2");
    const char* const text = getenv("B");
    CHECK(round == 0 || text == memory);
    memory = text;
    CHECK_EQUAL(value_of("C"), "2");
  }
  CHECK_EQUAL(shown(), "A=1 PROTO=TCP ");
}

TEST(temporary_variables_of_an_empty_environment_go) {
  const Environment environment({});
  environ = nullptr;
  {
    const lib::TemporaryVariables variables;
    set_variable("A", "1");
    unset_variable("B");
    CHECK_EQUAL(shown(), "A=1 ");
  }
  CHECK_EQUAL(shown(), "");
}

// In a child, because this memory is freed only at its end.
TEST(more_temporary_variables_than_the_store_holds_go) {
  const pid_t child = fork();
  if (child == 0) {
    const Environment environment({"A=1"});
    bool all = true;
    for (int round = 0; round < 3; ++round) {
      const lib::TemporaryVariables variables;
      for (int i = 0; i < 200; ++i)
        set_variable("V" + std::to_string(i), std::to_string(i));
      all = all && value_of("V0") == "0" && value_of("V199") == "199";
    }
    _exit(all && shown() == "A=1 " ? 0 : 1);
  }
  int status = -1;
  CHECK_EQUAL(waitpid(child, &status, 0), child);
  CHECK_EQUAL(status, 0);
}

// Not with a sanitizer: its allocator ends the program itself.
#ifndef POPCHAIN_SANITIZED
// Takes all memory that the heap has left, after the kernel gives no more. The
// stack cannot grow then, so its pages are touched first.
static void use_up_memory() {
  std::array<volatile char, 65536> stack;
  for (size_t i = 0; i < stack.size(); i += 1024) stack[i] = 0;
  const rlimit none{0, 0};
  setrlimit(RLIMIT_AS, &none);
  for (size_t size = 4096; size > 0; size -= 16)
    while (void* volatile taken = malloc(size)) (void)taken;
}

// So many entries fit neither into the store nor into memory that the C library
// kept from an earlier test: they would have to move to the heap.
TEST(lack_of_memory_for_a_variable_ends_the_program) {
  const pid_t child = fork();
  if (child == 0) {
    const Environment environment(std::vector<std::string>(5000, "A=1"));
    (void)!freopen("/dev/null", "w", stderr);
    use_up_memory();
    set_variable("B", "2");
    _exit(0);
  }
  int status = -1;
  CHECK_EQUAL(waitpid(child, &status, 0), child);
  CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 111);
}
#endif
