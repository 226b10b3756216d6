// SPDX-License-Identifier: ISC
#include "maildir-pop3d/extensions/submission.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <utility>

#include "lib/io/deadline.h"
#include "lib/io/descriptor_passing.h"
#include "lib/io/io.h"
#include "lib/io/pipe.h"
#include "lib/process/child.h"
#include "lib/process/signals.h"
#include "maildir-pop3d/maildir/maildir.h"

namespace pop3d {
namespace {

constexpr int kHelperSocket = 3;
constexpr int kExitTempfail = 75;  // EX_TEMPFAIL of sysexits.h
constexpr int kExitNotRun = 127;   // sendmail could not be executed
constexpr int kSecondsToDie = 2;

// --- The helper -----------------------------------------------------------

// Closes all descriptors of the session but the socket.
void leave_session(int socket) {
  const int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
  if (nothing < 0) _exit(1);
  // The socket first: its number may be 0, 1 or 2.
  const int kept = fcntl(socket, F_DUPFD_CLOEXEC, 10);
  for (const int fd : {0, 1, 2})
    if (kept < 0 || dup2(nothing, fd) != fd) _exit(1);
  if (dup2(kept, kHelperSocket) != kHelperSocket) _exit(1);
  fcntl(kHelperSocket, F_SETFD, FD_CLOEXEC);
  lib::close_from_to(kHelperSocket + 1, ~0U);
}

[[noreturn]] void run_sendmail(const char* program, int message) {
  // Its own process group, so that all of it can be killed.
  setpgid(0, 0);
  lib::unblock_signals();
  lib::default_write_signals();
  if (lseek(message, 0, SEEK_SET) == 0 && dup2(message, 0) == 0) {
    const char* const arguments[] = {program, "-oi", "-t", nullptr};
    execv(program, const_cast<char* const*>(arguments));
  }
  _exit(kExitNotRun);
}

// Runs sendmail on the message.
Submission deliver(const char* program, int message, unsigned seconds) {
  const pid_t child = fork();
  if (child < 0) return Submission::Failed;
  if (child == 0) run_sendmail(program, message);
  setpgid(child, child);  // in the child, too: either may come first
  siginfo_t ending{};
  if (!lib::reap_child(child, lib::Deadline::in_seconds(seconds), ending)) {
    // If sendmail is setuid it may not let itself be killed.  Then the helper
    // exits, so that no late result counts for another message.
    const auto limit = lib::Deadline::in_seconds(kSecondsToDie);
    if (kill(-child, SIGKILL) != 0 || !lib::reap_child(child, limit, ending))
      _exit(1);
    return Submission::Failed;
  }
  if (ending.si_code != CLD_EXITED) return Submission::Failed;
  const int code = ending.si_status;
  if (code == kExitTempfail || code == kExitNotRun) return Submission::Failed;
  return code == 0 ? Submission::Accepted : Submission::Refused;
}

[[noreturn]] void run_helper(int socket, const char* program,
                             unsigned seconds) {
  leave_session(socket);
  for (;;) {
    char byte = 0;
    const auto message =
        lib::receive_with_descriptor(kHelperSocket, {&byte, 1});
    if (!message.descriptor.valid()) _exit(0);  // the session has ended
    byte =
        static_cast<char>(deliver(program, message.descriptor.get(), seconds));
    if (!lib::write_all(kHelperSocket, {&byte, 1})) _exit(0);
  }
}

}  // namespace

lib::Result<Spool> Spool::create(int tmp, uint64_t limit) {
  Spool spool(limit);
  spool.file_ = create_unnamed_file(tmp, "xmit");
  if (!spool.file_.valid())
    return lib::Error::from_errno("create a file for the message in tmp/");
  return spool;
}

void Spool::add(std::string_view text) {
  if (failure_ != 0) return;
  if (text.size() > limit_ - size_)
    failure_ = EFBIG;
  else if (!lib::write_all(file_.get(), text))
    failure_ = errno;
  else
    size_ += text.size();
}

lib::Status Spool::finish() const {
  if (failure_ != 0) return lib::Error{"keep the message", failure_};
  return {};
}

const char* Submitter::find_sendmail() {
  const char* named = getenv("SENDMAIL");
  return named != nullptr && named[0] == '/' ? named : "/usr/sbin/sendmail";
}

lib::Result<Submitter> Submitter::start(const char* program, unsigned seconds) {
  auto sockets =
      lib::make_socket_pair("make a socket to the helper", SOCK_SEQPACKET);
  if (!sockets.ok()) return sockets.error();
  auto& [ours, theirs] = sockets.value();
  Submitter submitter(seconds);
  submitter.helper_ = std::move(ours);
  const pid_t helper = fork();
  if (helper < 0) return lib::Error::from_errno("fork the helper");
  if (helper == 0) run_helper(theirs.get(), program, seconds);
  return submitter;
}

Submission Submitter::submit(const Spool& message) {
  if (!helper_.valid()) return Submission::Failed;
  // The helper watches the time; the surplus is for a helper that hangs.
  const auto deadline =
      lib::Deadline::in_seconds(int64_t{seconds_} + kSecondsToDie + 3);
  char byte = 0;
  if (!lib::send_with_descriptor(helper_.get(), {&byte, 1}, message.fd()) ||
      !lib::wait_readable(helper_.get(), deadline) ||
      lib::read_some(helper_.get(), {&byte, 1}) != 1) {
    helper_.reset();
    return Submission::Failed;
  }
  const auto result = static_cast<Submission>(byte);
  const bool is_final =
      result == Submission::Accepted || result == Submission::Refused;
  return is_final ? result : Submission::Failed;
}

}  // namespace pop3d
