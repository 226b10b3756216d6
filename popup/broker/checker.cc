// SPDX-License-Identifier: ISC
// Runs as root.
#include "popup/broker/checker.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>

#include "lib/io/io.h"
#include "lib/io/pipe.h"
#include "lib/process/child.h"
#include "lib/process/environment.h"
#include "lib/process/exit_code.h"
#include "lib/process/signals.h"
#include "popup/broker/client_watch.h"
#include "popup/broker/started_program.h"

namespace popup {
namespace {

using lib::Error;
using lib::UniqueFd;

constexpr int kCredentialsFd = 3;
constexpr int kTerminateSeconds = 5;

// Descriptor 3 will be the credentials, so the status pipe must be above it.
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
int spawn(char* const* argv, int credentials, int status, pid_t& process) {
  volatile int failure = 0;
  process = vfork();
  if (process == 0) {
    lib::default_write_signals();
    lib::unblock_signals();
    if (credentials == kCredentialsFd)
      fcntl(credentials, F_SETFD, 0);
    else
      dup2(credentials, kCredentialsFd);
    fcntl(status, F_SETFD, 0);
    execvp(argv[0], argv);
    failure = errno;
    _exit(lib::kTemporary);
  }
  return process < 0 ? errno : failure;
}
// NOLINTEND(clang-analyzer-unix.Vfork,clang-analyzer-security.insecureAPI.vfork)

// Takes all signals that have come.  True if SIGTERM is among them.
bool take_signals(int signals) {
  signalfd_siginfo signal{};
  bool terminated = false;
  while (read(signals, &signal, sizeof signal) == sizeof signal)
    terminated = terminated || signal.ssi_signo == SIGTERM;
  return terminated;
}

}  // namespace

Outcome outcome_of(const Ending& ending, uid_t own_uid) {
  constexpr std::array kRefusals{1, 3, 12, 13, 20, 21, 22, 23, 100};
  if (ending.served || (!ending.by_signal && ending.code == lib::kDone))
    return Outcome::Done;
  if (ending.by_signal ||
      std::ranges::find(kRefusals, ending.code) == kRefusals.end())
    return Outcome::Temporary;
  return ending.uid == own_uid ? Outcome::Refused : Outcome::RefusedForGood;
}

lib::Result<Checker> Checker::start(char* const* argv,
                                    const lib::Secret& record) {
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
  lib::set_variable("POPUP_STATUSFD",
                    static_cast<uint64_t>(status.value().writing.get()));
  sigset_t watched;
  sigemptyset(&watched);
  for (const int number : {SIGCHLD, SIGTERM}) sigaddset(&watched, number);
  UniqueFd signals(signalfd(-1, &watched, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!signals.valid()) return Error::from_errno("wait for the checker");
  pid_t process = 0;
  const int failure = spawn(argv, credentials.value().reading.get(),
                            status.value().writing.get(), process);
  if (failure == 0)
    return Checker(process, std::move(status.value().reading),
                   std::move(signals));
  siginfo_t ending{};
  if (process > 0) (void)lib::kill_and_reap(process, ending);
  return Error{"run the checker", failure, argv[0]};
}

bool Checker::read_status() {
  char byte = 0;
  if (status_.valid() && lib::read_some(status_.get(), {&byte, 1}) == 1)
    serving_ = true;
  return serving_;
}

// End of file on the status pipe is not enough: a daemon that the checker left
// behind may hold the pipe open, and a program may close it and run on.
Checker::Progress Checker::wait_until_serving(lib::Deadline deadline) {
  std::array<pollfd, 2> events{{{.fd = status_.get(), .events = POLLIN},
                                {.fd = signals_.get(), .events = POLLIN}}};
  for (;;) {
    const int ready =
        poll(events.data(), events.size(), deadline.poll_timeout());
    if (read_status()) return Progress::Serving;
    if (take_signals(signals_.get())) return Progress::Terminated;
    if (lib::has_ended(process_)) return Progress::Ended;
    if (ready > 0 && events[0].revents != 0) events[0].fd = -1;
    if (ready == 0 && deadline.passed()) return Progress::Late;
  }
}

EndCause Checker::wait_for_end(int client, lib::Deadline limit) const {
  ClientWatch watch(client, process_);
  std::array<pollfd, 2> events{{{.fd = signals_.get(), .events = POLLIN}, {}}};
  // Ask first: its SIGCHLD may have been taken from signals_ already.
  while (!lib::has_ended(process_)) {
    events[1] = watch.waiting();
    if (poll(events.data(), events.size(),
             limit.earlier(watch.deadline()).poll_timeout()) < 0)
      continue;
    if (take_signals(signals_.get())) return EndCause::Terminated;
    if (limit.passed()) return EndCause::TooLong;
    if (watch.is_abandoned(events[1].revents) && !lib::has_ended(process_))
      return EndCause::ClientGone;
  }
  return EndCause::None;
}

bool Checker::kill_unless_changed(char* const* argv) const {
  return still_runs(process_, argv, getuid()) && kill(process_, SIGKILL) == 0;
}

Ending Checker::describe_ending(bool ended, const siginfo_t& info,
                                EndCause cause) {
  return {.served = read_status(),
          .by_signal = info.si_code != CLD_EXITED,
          .code = info.si_status,
          .uid = info.si_uid,
          .alive = !ended,
          .cause = cause};
}

Ending Checker::watch(int client, lib::Deadline limit) {
  const EndCause cause = wait_for_end(client, limit);
  return cause == EndCause::None ? reap() : end(cause);
}

Ending Checker::reap() {
  siginfo_t info{};
  const auto limit = lib::Deadline::in_seconds(lib::kKillSeconds);
  const bool ended = lib::reap_child(process_, limit, info);
  return describe_ending(ended, info, EndCause::None);
}

Ending Checker::end(EndCause cause) {
  siginfo_t info{};
  kill(process_, SIGTERM);
  kill(process_, SIGCONT);
  const auto limit = lib::Deadline::in_seconds(kTerminateSeconds);
  const bool ended = lib::reap_child(process_, limit, info) ||
                     lib::kill_and_reap(process_, info);
  return describe_ending(ended, info, cause);
}

}  // namespace popup
