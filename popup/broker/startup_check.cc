// SPDX-License-Identifier: ISC
// Runs as root.
#include "popup/broker/startup_check.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdlib>

#include "lib/io/log.h"
#include "lib/process/exit_code.h"
#include "lib/process/program.h"
#include "lib/text/text.h"
#include "popup/broker/one_shot.h"

namespace popup {
namespace {

constexpr int kSeconds = 30;
// The C libraries search these if there is no PATH.
constexpr const char* kDefaultPath = "/usr/local/bin:/bin:/usr/bin";

using Path = lib::FixedText<PATH_MAX>;

[[noreturn]] void die_unable(std::string_view why) {
  lib::FixedText<900> text;
  text << "no session can start: " << why.substr(0, 800);
  lib::die(lib::kTemporary, "popup", text.view());
}

int exec_error(Path& file) {
  struct stat status {};
  if (file.overflowed()) return ENAMETOOLONG;
  if (stat(file.c_str(), &status) != 0) return errno;
  if (!S_ISREG(status.st_mode)) return EACCES;
  return access(file.c_str(), X_OK) == 0 ? 0 : errno;
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
  FailureText failure;
  const DialogueSettings settings{.jail = policy.jail, .offer = policy.offer};
  if (!run_one_shot(settings, try_confinement, RecordKind::Quit,
                    lib::Deadline::in_seconds(kSeconds), failure))
    die_unable(failure.view());
  const std::string_view checker = policy.checker[0];
  if (const int error = find_program(checker, getenv("PATH")); error != 0) {
    lib::FixedText<512> doing;
    doing << "run the checker " << checker.substr(0, 400);
    die_unable(lib::cause_of({doing.c_str(), error}).view());
  }
}

}  // namespace popup
