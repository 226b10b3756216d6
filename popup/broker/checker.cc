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
#include "lib/process/environment.h"
#include "lib/process/exit_code.h"
#include "lib/process/signals.h"
#include "popup/broker/child.h"
#include "popup/broker/client_watch.h"
#include "popup/broker/started_program.h"

namespace popup {
namespace {

using lib::Error;
using lib::UniqueFd;

constexpr int kCredentialsFd = 3;
constexpr int kTerminateSeconds = 5;

struct Pipe {
  UniqueFd reading;
  UniqueFd writing;
};

lib::Result<Pipe> make_pipe(int flags) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC | flags) != 0)
    return Error::from_errno("make a pipe for the checker");
  return Pipe{.reading = UniqueFd(ends[0]), .writing = UniqueFd(ends[1])};
}

// Credentials come to lie on descriptor 3, so that the status pipe must be
// above it.
lib::Status move_above_credentials(UniqueFd& fd) {
  if (fd.get() > kCredentialsFd) return {};
  const int above = fcntl(fd.get(), F_DUPFD_CLOEXEC, kCredentialsFd + 1);
  if (above < 0) return Error::from_errno("move a pipe");
  fd.reset(above);
  return {};
}

// In the child, which shares our memory until it execs: system calls only.
void hand_over(int credentials, int status) {
  lib::default_write_signals();
  lib::unblock_signals();
  if (credentials == kCredentialsFd)
    fcntl(credentials, F_SETFD, 0);
  else
    dup2(credentials, kCredentialsFd);
  fcntl(status, F_SETFD, 0);
}

// The errno of what kept the program from being started, or 0.  vfork: the
// child borrows our memory, which is not copied, and so can leave its errno
// there; posix_spawn would need a pipe more for that.
// NOLINTBEGIN(clang-analyzer-unix.Vfork,clang-analyzer-security.insecureAPI.vfork)
int spawn(char* const* argv, int credentials, int status, pid_t& process) {
  volatile int failure = 0;
  process = vfork();
  if (process == 0) {
    hand_over(credentials, status);
    execvp(argv[0], argv);
    failure = errno;
    _exit(lib::kTemporary);
  }
  return process < 0 ? errno : failure;
}
// NOLINTEND(clang-analyzer-unix.Vfork,clang-analyzer-security.insecureAPI.vfork)

// What popup waits for beside descriptors.
UniqueFd watch_signals() {
  sigset_t watched;
  sigemptyset(&watched);
  for (const int number : {SIGCHLD, SIGTERM}) sigaddset(&watched, number);
  return UniqueFd(signalfd(-1, &watched, SFD_CLOEXEC | SFD_NONBLOCK));
}

// True if SIGTERM is among the signals that have come.
bool read_signals(int signals) {
  signalfd_siginfo signal{};
  bool terminated = false;
  while (read(signals, &signal, sizeof signal) == sizeof signal)
    terminated = terminated || signal.ssi_signo == SIGTERM;
  return terminated;
}

bool is_refusal(int code) {
  constexpr std::array kRefusals{1, 3, 12, 13, 20, 21, 22, 23, 100};
  return std::ranges::find(kRefusals, code) != kRefusals.end();
}

}  // namespace

Verdict judge(const Ending& ending, uid_t own_uid) {
  if (ending.served || (!ending.by_signal && ending.code == lib::kDone))
    return Verdict::Served;
  if (ending.by_signal || !is_refusal(ending.code)) return Verdict::Failed;
  return ending.uid == own_uid ? Verdict::Refused : Verdict::RefusedForGood;
}

lib::Result<Checker> Checker::start(char* const* argv,
                                    const lib::Secret& record) {
  auto credentials = make_pipe(0);
  if (!credentials.ok()) return credentials.error();
  if (!lib::write_all(credentials.value().writing.get(), record.view()))
    return Error::from_errno("write the credentials");
  credentials.value().writing.reset();
  auto status = make_pipe(O_NONBLOCK);
  if (!status.ok()) return status.error();
  if (const auto moved = move_above_credentials(status.value().writing);
      !moved.ok())
    return moved.error();
  lib::set_variable("POPUP_STATUSFD",
                    static_cast<uint64_t>(status.value().writing.get()));
  UniqueFd signals = watch_signals();
  if (!signals.valid()) return Error::from_errno("wait for the checker");
  pid_t process = 0;
  const int failure = spawn(argv, credentials.value().reading.get(),
                            status.value().writing.get(), process);
  if (failure == 0)
    return Checker(process, std::move(status.value().reading),
                   std::move(signals));
  siginfo_t ending{};
  if (process > 0) (void)kill_and_reap(process, ending);
  return Error{"run the checker", failure, argv[0]};
}

bool Checker::read_status() {
  char byte = 0;
  if (status_.valid() && lib::read_some(status_.get(), {&byte, 1}) == 1)
    serving_ = true;
  return serving_;
}

// End of file alone would not do: a daemon that the checker left behind may
// hold the pipe open, and a program that closed it is not over.
Checker::Progress Checker::wait_until_serving(lib::Deadline deadline) {
  std::array<pollfd, 2> events{{{.fd = status_.get(), .events = POLLIN},
                                {.fd = signals_.get(), .events = POLLIN}}};
  for (;;) {
    const int ready =
        poll(events.data(), events.size(), deadline.poll_timeout());
    if (read_status()) return Progress::Serving;
    if (read_signals(signals_.get())) return Progress::Terminated;
    if (has_ended(process_)) return Progress::Ended;
    if (ready > 0 && events[0].revents != 0) events[0].fd = -1;
    if (ready == 0 && deadline.passed()) return Progress::Late;
  }
}

Cause Checker::watch(int client, lib::Deadline end) {
  ClientWatch watch(client, process_);
  std::array<pollfd, 2> events{{{.fd = signals_.get(), .events = POLLIN}, {}}};
  // Its end may be what was read from signals_ before.
  while (!has_ended(process_)) {
    events[1] = watch.waiting();
    if (poll(events.data(), events.size(),
             end.earlier(watch.deadline()).poll_timeout()) < 0)
      continue;
    if (read_signals(signals_.get())) return Cause::Terminated;
    if (end.passed()) return Cause::TooLong;
    if (watch.is_abandoned(events[1].revents) && !has_ended(process_))
      return Cause::ClientGone;
  }
  return Cause::None;
}

bool Checker::kill_unless_changed(char* const* argv) const {
  return is_still(process_, argv, getuid()) && kill(process_, SIGKILL) == 0;
}

Ending Checker::describe(bool ended, const siginfo_t& info) {
  return {.served = read_status(),
          .by_signal = info.si_code != CLD_EXITED,
          .code = info.si_status,
          .uid = info.si_uid,
          .alive = !ended};
}

Ending Checker::reap() {
  siginfo_t info{};
  const auto limit = lib::Deadline::in_seconds(kKillSeconds);
  const bool ended = popup::reap(process_, limit, info);
  return describe(ended, info);
}

Ending Checker::end() {
  siginfo_t info{};
  kill(process_, SIGTERM);
  kill(process_, SIGCONT);
  const auto limit = lib::Deadline::in_seconds(kTerminateSeconds);
  const bool ended =
      popup::reap(process_, limit, info) || kill_and_reap(process_, info);
  return describe(ended, info);
}

}  // namespace popup
