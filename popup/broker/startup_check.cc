// SPDX-License-Identifier: ISC
// Runs as root.
#include "popup/broker/startup_check.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdlib>

#include "lib/io/io.h"
#include "lib/io/log.h"
#include "lib/process/child.h"
#include "lib/process/exit_code.h"
#include "lib/process/program.h"
#include "lib/text/text.h"
#include "popup/broker/start_dialogue.h"
#include "popup/dialogue/record.h"

namespace popup {
namespace {

constexpr int kSeconds = 30;
// The C libraries search these if there is no PATH.
constexpr const char* kDefaultPath = "/usr/local/bin:/bin:/usr/bin";

using Path = lib::FixedText<PATH_MAX>;
using Why = lib::FixedText<kLongestPayload>;

void die_unless_empty(const Why& why) {
  if (why.empty()) return;
  lib::FixedText<900> text;
  text << "no session can start: " << why.view();
  lib::die(lib::kTemporary, "popup", text.view());
}

int exec_error(Path& file) {
  struct stat status {};
  if (file.overflowed()) return ENAMETOOLONG;
  if (stat(file.c_str(), &status) != 0) return errno;
  if (!S_ISREG(status.st_mode)) return EACCES;
  return access(file.c_str(), X_OK) == 0 ? 0 : errno;
}

// Returns why a dialogue cannot be confined; empty if it can.
Why try_dialogue(const Policy& policy) {
  Why why;
  const auto deadline = lib::Deadline::in_seconds(kSeconds);
  auto started = start_dialogue(
      {.main = try_confinement, .jail = policy.jail, .offer = policy.offer}, 0,
      1);
  if (!started.ok()) {
    why << lib::cause_of(started.error()).view();
    return why;
  }
  RecordReader reader;
  std::optional<Record> record;
  const int records = started.value().records.get();
  while (!record && lib::wait_readable(records, deadline)) {
    const ssize_t got = lib::read_some(records, reader.free_space());
    if (got <= 0) break;
    reader.added(static_cast<size_t>(got));
    record = reader.next();
  }
  siginfo_t ending{};
  (void)lib::kill_and_reap(started.value().process, ending);
  if (!record)
    why << "the dialogue died";
  else if (record->kind != RecordKind::Quit)
    why << record->payload;
  return why;
}

// Returns why the program cannot be run; empty if it can.
Why try_program(std::string_view role, std::string_view name) {
  Why why;
  const int error = find_program(name, getenv("PATH"));
  if (error == 0) return why;
  lib::FixedText<500> doing;
  doing << "run the " << role << ' ' << name.substr(0, 400);
  why << lib::cause_of({doing.c_str(), error}).view();
  return why;
}

Why try_helper(const TlsHelper& helper) {
  return helper.available() ? try_program("TLS helper", helper.words[0])
                            : Why();
}

}  // namespace

int find_program(std::string_view name, const char* path) {
  Path file;
  if (name.find('/') != std::string_view::npos) {
    file << name;
    return exec_error(file);
  }
  std::string_view directories = path == nullptr ? kDefaultPath : path;
  int error = ENOENT;
  for (bool last = name.empty(); !last;) {
    last = directories.find(':') == std::string_view::npos;
    const std::string_view directory = lib::next_field(directories, ':');
    file.clear();
    if (!directory.empty()) file << directory << '/';
    file << name;
    const int failure = exec_error(file);
    if (failure == 0) return 0;
    if (failure == EACCES) error = EACCES;
  }
  return error;
}

void check_that_sessions_can_start(const Policy& policy) {
  die_unless_empty(try_dialogue(policy));
  die_unless_empty(try_program("checker", policy.checker[0]));
  die_unless_empty(try_helper(policy.tls_helper));
}

void drop_missing_helper(Policy& policy, const lib::Log& log) {
  const Why why = try_helper(policy.tls_helper);
  if (why.empty()) return;
  lib::LogLine(log, "tls", lib::Log::Level::Warning).field("error", why.view());
  policy.tls_helper.words.clear();
}

}  // namespace popup
