// SPDX-License-Identifier: ISC
// Runs as root.
#include "popup/broker/checker.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "lib/io/io.h"
#include "lib/io/pipe.h"
#include "lib/process/environment.h"
#include "lib/process/exit_code.h"
#include "lib/process/signals.h"

namespace popup {
namespace {

using lib::Error;
using lib::UniqueFd;

constexpr int kCredentialsFd = 3;
// The status pipe of a program of popup -D.  Some shells redirect to single
// digits only, and the number must not tell how many are connected.
constexpr int kStatusFd = 4;

// Descriptors 0, 1 and 3 are the program's own: makes fd one above them.
lib::Status move_above_credentials(UniqueFd& fd) {
  if (fd.get() > kCredentialsFd) return {};
  const int above = fcntl(fd.get(), F_DUPFD_CLOEXEC, kCredentialsFd + 1);
  if (above < 0) return Error::from_errno("move a pipe");
  fd.reset(above);
  return {};
}

// Returns 0, or the errno of what kept the program from being started; then
// process may still be a child to reap.  After vfork the child shares our
// memory until it execs.  So it makes system calls only, nothing is copied, and
// it can leave its errno in failure; posix_spawn would need another pipe.  A
// login takes 657 us of processor time with vfork, 701 us with fork.
// NOLINTBEGIN(clang-analyzer-unix.Vfork,clang-analyzer-security.insecureAPI.vfork)
int spawn(char* const* argv, int credentials, int status, int as_status,
          int input, int output, const rlimit& files, pid_t& process) {
  volatile int failure = 0;
  process = vfork();
  if (process == 0) {
    lib::default_write_signals();
    signal(SIGHUP, SIG_DFL);  // popup -D ignores it
    lib::unblock_signals();
    if (input != 0) dup2(input, 0);
    if (output != 1) dup2(output, 1);
    if (credentials == kCredentialsFd)
      fcntl(credentials, F_SETFD, 0);
    else
      dup2(credentials, kCredentialsFd);
    if (status == as_status)
      fcntl(status, F_SETFD, 0);
    else
      dup2(status, as_status);
    if (files.rlim_max != 0) setrlimit(RLIMIT_NOFILE, &files);
    execvp(argv[0], argv);
    failure = errno;
    _exit(lib::kTemporary);
  }
  return process < 0 ? errno : failure;
}
// NOLINTEND(clang-analyzer-unix.Vfork,clang-analyzer-security.insecureAPI.vfork)

}  // namespace

Outcome outcome_of(const Ending& ending, uid_t own_uid) {
  constexpr std::array kRefusals{1, 3, 12, 13, 20, 21, 22, 23, 100};
  if (ending.by_signal) return Outcome::Temporary;
  if (ending.code == lib::kDone) return Outcome::Done;
  if (std::ranges::find(kRefusals, ending.code) == kRefusals.end())
    return Outcome::Temporary;
  return ending.uid == own_uid ? Outcome::Refused : Outcome::RefusedForGood;
}

[[gnu::noinline]] int log_cut_short(const lib::Log& log, const Ending& ending,
                                    std::string_view user,
                                    std::string_view ip) {
  constexpr std::array<std::string_view, 4> kReasons{"", "gone", "limit",
                                                     "terminated"};
  lib::LogLine line(log, "server", lib::Log::Level::Warning);
  if (ending.cause != EndCause::None)
    line.field("reason", kReasons[static_cast<size_t>(ending.cause)]);
  if (ending.alive)
    line.field("error", "it does not end");
  else
    line.number(ending.by_signal ? "signal" : "exit",
                static_cast<uint64_t>(ending.code));
  if (!user.empty()) line.field("user", user);
  line.field("ip", ip);
  const bool failed = ending.cause == EndCause::None || ending.alive;
  return failed ? lib::kTemporary : lib::kDone;
}

lib::Result<StartedChecker> start_checker(char* const* argv,
                                          const lib::Secret& record, int input,
                                          int output, const rlimit& files) {
  auto credentials = lib::make_pipe("make a pipe for the checker");
  if (!credentials.ok()) return credentials.error();
  if (!lib::write_all(credentials.value().writing.get(), record.view()))
    return Error::from_errno("write the credentials");
  credentials.value().writing.reset();
  auto status = lib::make_pipe("make a pipe for the checker", O_NONBLOCK);
  if (!status.ok()) return status.error();
  if (const auto moved = move_above_credentials(status.value().writing);
      !moved.ok())
    return moved.error();
  // With --trace /dev/fd/4 that descriptor is the trace's.
  const int flags = fcntl(kStatusFd, F_GETFD);
  const bool is_handed_on = flags >= 0 && (flags & FD_CLOEXEC) == 0;
  const int as_status =
      input == 0 || is_handed_on ? status.value().writing.get() : kStatusFd;
  lib::set_variable("POPUP_STATUSFD", static_cast<uint64_t>(as_status));
  pid_t process = 0;
  const int failure = spawn(argv, credentials.value().reading.get(),
                            status.value().writing.get(), as_status, input,
                            output, files, process);
  if (failure != 0) return Error{"run the checker", failure, argv[0]};
  return StartedChecker{.process = process,
                        .status = std::move(status.value().reading)};
}

}  // namespace popup
