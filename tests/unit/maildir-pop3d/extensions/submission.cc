// SPDX-License-Identifier: ISC
#include "maildir-pop3d/extensions/submission.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "lib/io/deadline.h"
#include "tests/unit/temporary_directory.h"
#include "tests/unit/unit.h"

using pop3d::Spool;
using pop3d::Submission;
using pop3d::Submitter;

namespace {

namespace fs = std::filesystem;

// A directory for the spool, and a script in place of sendmail.
class Place {
 public:
  Place() { tmp_.reset(open((root_ / "tmp").c_str(), O_RDONLY | O_DIRECTORY)); }

  [[nodiscard]] int tmp() const { return tmp_.get(); }
  [[nodiscard]] bool tmp_is_empty() const {
    return fs::is_empty(root_ / "tmp");
  }
  // The script finds this directory in $0.
  [[nodiscard]] fs::path sendmail(const char* script) const {
    const fs::path path = root_ / "sendmail";
    std::ofstream(path) << "#!/bin/sh\ncd \"${0%/*}\"\n" << script << '\n';
    chmod(path.c_str(), 0755);
    return path;
  }
  [[nodiscard]] std::string content(const char* name) const {
    std::ifstream file(root_ / name);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  [[nodiscard]] bool has(const char* name) const {
    return fs::exists(root_ / name);
  }
  void write(const char* name) const { std::ofstream(root_ / name) << '\n'; }
  [[nodiscard]] Submission submit(const char* script,
                                  unsigned seconds = 20) const {
    auto spool = Spool::create(tmp());
    CHECK(spool.ok());
    spool.value().add("To: a\n");
    spool.value().add("\nbody\n");
    CHECK(spool.value().finish().ok());
    auto submitter = Submitter::start(sendmail(script).c_str(), seconds);
    CHECK(submitter.ok());
    return submitter.value().submit(spool.value());
  }

 private:
  unit::TemporaryDirectory root_{{"tmp"}};
  lib::UniqueFd tmp_;
};

// A sendmail that kill() does not reach, like a setuid one with another real
// user id: it leaves its process group.  It ends when the test writes to "end".
constexpr const char* kOutOfReach =
    "exec python3 -c 'import os, signal\n"
    "signal.alarm(60)\n"
    "os.setpgid(0, os.getpgid(os.getppid()))\n"
    "os.mkfifo(\"end\")\n"
    "open(\"end\").read()'";

// False if the time was over before it had left its group.
bool fails_for_good(const char* beside, unsigned seconds) {
  const Place place;
  const std::string hangs = std::string(beside) + kOutOfReach;
  auto submitter =
      Submitter::start(place.sendmail(hangs.c_str()).c_str(), seconds);
  auto spool = Spool::create(place.tmp());
  CHECK(submitter.value().submit(spool.value()) == Submission::Failed);
  if (!place.has("end")) return false;
  place.write("end");
  for (const char* script : {"touch called", "touch called; exit 64"}) {
    (void)place.sendmail(script);
    CHECK(submitter.value().submit(spool.value()) == Submission::Failed);
  }
  CHECK(!place.has("called"));
  return true;
}

}  // namespace

TEST(sendmail_reads_the_whole_message_and_decides) {
  const Place place;
  CHECK(place.submit("cat >message; echo \"$*\" >arguments") ==
        Submission::Accepted);
  CHECK_EQUAL(place.content("message"), "To: a\n\nbody\n");
  CHECK_EQUAL(place.content("arguments"), "-oi -t\n");
  CHECK(place.submit("exit 64") == Submission::Refused);
  CHECK(place.submit("exit 75") == Submission::Failed);
  CHECK(place.submit("kill -9 $$") == Submission::Failed);
  CHECK(place.tmp_is_empty());
}

TEST(several_messages_go_through_one_helper) {
  const Place place;
  auto submitter = Submitter::start(place.sendmail("cat >>all").c_str());
  CHECK(submitter.ok());
  for (const char* text : {"one\n", "two\n", "three\n"}) {
    auto spool = Spool::create(place.tmp());
    spool.value().add(text);
    CHECK(submitter.value().submit(spool.value()) == Submission::Accepted);
  }
  CHECK_EQUAL(place.content("all"), "one\ntwo\nthree\n");
}

TEST(sendmail_gets_the_message_and_no_other_descriptor) {
  const Place place;
  const lib::UniqueFd foreign(open("/dev/zero", O_RDONLY));  // no CLOEXEC
  // The shell itself reads its script from a descriptor of 10 or more.
  CHECK(place.submit("for fd in 0 1 2 3 4 5 6 7 8 9; do\n"
                     "[ -e /proc/$$/fd/$fd ] && set -- \"$@\" $fd\n"
                     "done\necho $* $(readlink /proc/$$/fd/1 /proc/$$/fd/2) "
                     ">all") == Submission::Accepted);
  CHECK_EQUAL(place.content("all"), "-oi -t 0 1 2 /dev/null /dev/null\n");
}

TEST(a_hanging_sendmail_is_killed) {
  const Place place;
  const int64_t start = lib::monotonic_ms();
  CHECK(place.submit("sleep 60", 1) == Submission::Failed);
  CHECK(lib::monotonic_ms() - start < 10000);
}

TEST(an_unkillable_sendmail_answers_for_no_later_message) {
  for (const char* beside : {"", "sleep 60 &\n"})
    for (unsigned seconds = 1; !fails_for_good(beside, seconds);) seconds *= 2;
}

TEST(a_missing_sendmail_is_a_temporary_failure) {
  const Place place;
  auto spool = Spool::create(place.tmp());
  auto submitter = Submitter::start("/nonexistent/sendmail");
  CHECK(submitter.ok());
  CHECK(submitter.value().submit(spool.value()) == Submission::Failed);
}

TEST(a_message_over_the_limit_is_not_kept) {
  const Place place;
  auto spool = Spool::create(place.tmp(), 10);
  spool.value().add("0123456789");
  CHECK(spool.value().finish().ok());
  spool.value().add("x");
  spool.value().add("");
  CHECK_EQUAL(spool.value().finish().error().code, EFBIG);
  struct stat file {};
  fstat(spool.value().fd(), &file);
  CHECK_EQUAL(file.st_size, 10);
}

TEST(the_environment_names_sendmail_by_an_absolute_path_only) {
  unsetenv("SENDMAIL");
  CHECK_EQUAL(std::string(Submitter::find_sendmail()), "/usr/sbin/sendmail");
  setenv("SENDMAIL", "/opt/bin/sendmail", 1);
  CHECK_EQUAL(std::string(Submitter::find_sendmail()), "/opt/bin/sendmail");
  setenv("SENDMAIL", "sendmail", 1);
  CHECK_EQUAL(std::string(Submitter::find_sendmail()), "/usr/sbin/sendmail");
  unsetenv("SENDMAIL");
}
