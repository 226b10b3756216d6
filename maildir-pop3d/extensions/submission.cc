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
#include "lib/text/fixed_text.h"

namespace pop3d {
namespace {

constexpr int kHelperSocket = 3;
constexpr int kTemporaryFailure = 75;  // EX_TEMPFAIL of sysexits.h
constexpr int kNotRun = 127;
constexpr int kSecondsToDie = 2;
constexpr auto kFailed = static_cast<char>(-1);

// --- The helper -----------------------------------------------------------

// Nothing of the session remains but the socket to it.
void leave_session(int socket) {
  const int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
  if (nothing < 0) _exit(1);
  // The socket first: it may be any number, even one of the three.
  const int kept = fcntl(socket, F_DUPFD_CLOEXEC, 10);
  for (const int fd : {0, 1, 2})
    if (kept < 0 || dup2(nothing, fd) != fd) _exit(1);
  if (dup2(kept, kHelperSocket) != kHelperSocket) _exit(1);
  fcntl(kHelperSocket, F_SETFD, FD_CLOEXEC);
  lib::close_from_to(kHelperSocket + 1, ~0U);
}

[[noreturn]] void run_sendmail(const char* program, int message) {
  // Its own group, so that all of it can be ended.
  setpgid(0, 0);
  lib::unblock_signals();
  lib::default_write_signals();
  if (lseek(message, 0, SEEK_SET) == 0 && dup2(message, 0) == 0) {
    const char* const arguments[] = {program, "-oi", "-t", nullptr};
    execv(program, const_cast<char* const*>(arguments));
  }
  _exit(kNotRun);
}

// A setuid sendmail may be out of our reach, wholly or in part: the helper
// ends then, and with it the answers that would come too late.
void end_or_leave(pid_t child) {
  siginfo_t ending{};
  const auto deadline = lib::Deadline::in_seconds(kSecondsToDie);
  if (kill(-child, SIGKILL) != 0 || !lib::reap_child(child, deadline, ending))
    _exit(1);
}

// 0 where sendmail took the message, 1 where it did not, or kFailed.
char deliver(const char* program, int message, unsigned seconds) {
  const pid_t child = fork();
  if (child < 0) return kFailed;
  if (child == 0) run_sendmail(program, message);
  setpgid(child, child);  // whichever of both comes first
  siginfo_t ending{};
  if (!lib::reap_child(child, lib::Deadline::in_seconds(seconds), ending)) {
    end_or_leave(child);
    return kFailed;
  }
  if (ending.si_code != CLD_EXITED) return kFailed;
  const int code = ending.si_status;
  if (code == kTemporaryFailure || code == kNotRun) return kFailed;
  return static_cast<char>(code == 0 ? 0 : 1);
}

[[noreturn]] void run_helper(int socket, const char* program,
                             unsigned seconds) {
  leave_session(socket);
  for (;;) {
    char byte = 0;
    const auto message =
        lib::receive_with_descriptor(kHelperSocket, {&byte, 1});
    if (!message.descriptor.valid()) _exit(0);  // the session's end
    const char result = deliver(program, message.descriptor.get(), seconds);
    if (!lib::write_all(kHelperSocket, {&result, 1})) _exit(0);
  }
}

// A file without a name where the file system knows such; elsewhere the name
// is gone before anything is written.
int create_unnamed(int tmp) {
  const int fd = openat(tmp, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL))
    return fd;
  lib::FixedText<40> name;
  (name << "maildir-pop3d.xmit.").number(static_cast<uint64_t>(getpid()));
  constexpr int kCreate = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
  const int named = openat(tmp, name.c_str(), kCreate, 0600);
  if (named >= 0) (void)unlinkat(tmp, name.c_str(), 0);
  return named;
}

}  // namespace

lib::Result<Spool> Spool::create(int tmp, uint64_t limit) {
  Spool spool(limit);
  spool.file_.reset(create_unnamed(tmp));
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
  auto sockets = lib::make_socket_pair("make a socket to the helper");
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
  char result = kFailed;
  if (!exchange(message, result)) helper_.reset();
  if (result == kFailed) return Submission::Failed;
  return result == 0 ? Submission::Accepted : Submission::Refused;
}

// False where the helper gave no answer, or is gone.
bool Submitter::exchange(const Spool& message, char& result) {
  if (!helper_.valid()) return false;
  // The helper keeps the time; the surplus is for a helper that hangs.
  const auto deadline =
      lib::Deadline::in_seconds(int64_t{seconds_} + kSecondsToDie + 3);
  const char byte = 0;
  return lib::send_with_descriptor(helper_.get(), {&byte, 1}, message.fd()) &&
         lib::wait_readable(helper_.get(), deadline) &&
         lib::read_some(helper_.get(), {&result, 1}) == 1;
}

}  // namespace pop3d
