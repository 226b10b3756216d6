// SPDX-License-Identifier: ISC
// May run as root: checkpw-hash and checkpw --test have no client.
#include "checkpw/ask_password.h"

#include <poll.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>

#include "lib/io/io.h"
#include "lib/io/unique_fd.h"
#include "lib/process/signals.h"

namespace checkpw {
namespace {

// The 512 bytes of descriptor 3 also hold a login of at least one byte, and
// three NULs.
constexpr size_t kLongest = lib::kCredentialsSize - 4;

constexpr int kNoDescriptor = -1;  // poll(2) ignores it

// Turns a terminal's echo off while it lives.  Signals that would end the
// program meanwhile are blocked until the echo is on again.
class SilentTerminal {
 public:
  explicit SilentTerminal(int fd) : fd_(fd) {
    const sigset_t ending = lib::signal_set({SIGINT, SIGQUIT, SIGTERM, SIGHUP});
    sigprocmask(SIG_BLOCK, &ending, &mask_);
    interrupts_.reset(signalfd(kNoDescriptor, &ending, SFD_CLOEXEC));
    signal(SIGTSTP, SIG_IGN);
    if (tcgetattr(fd_, &before_) != 0) return;
    termios silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    silent.c_lflag |= ICANON | ISIG | ECHONL;
    changed_ = tcsetattr(fd_, TCSAFLUSH, &silent) == 0;
  }
  SilentTerminal(const SilentTerminal&) = delete;
  SilentTerminal& operator=(const SilentTerminal&) = delete;
  ~SilentTerminal() {
    if (changed_) tcsetattr(fd_, TCSAFLUSH, &before_);
    sigprocmask(SIG_SETMASK, &mask_, nullptr);
  }

  // Becomes readable when such a signal comes.
  int interrupts() const { return interrupts_.get(); }

 private:
  int fd_;
  bool changed_ = false;
  termios before_{};
  sigset_t mask_{};
  lib::UniqueFd interrupts_;
};

// Waits for input.  True if a signal came.
bool interrupted(int interrupts) {
  std::array<pollfd, 2> waits{{{0, POLLIN, 0}, {interrupts, POLLIN, 0}}};
  while (poll(waits.data(), waits.size(), -1) < 0 && errno == EINTR) {
  }
  return waits[1].revents != 0;
}

// Reads a byte at a time, so that descriptor 0 keeps what follows the line.
lib::Status read_line(lib::Secret& line, int interrupts) {
  line.wipe();
  char c = 0;
  for (;;) {
    if (interrupted(interrupts)) return lib::Error{"read a password", EINTR};
    const ssize_t got = lib::read_some(0, {&c, 1});
    if (got < 0) return lib::Error::from_errno("read a password");
    if (got == 0 || c == '\n') break;
    line << c;
  }
  explicit_bzero(&c, sizeof c);
  return {};
}

lib::Status check(lib::Secret& line) {
  std::string_view text = line.view();
  const bool carriage = text.ends_with('\r');
  if (line.overflowed() || text.size() > kLongest + (carriage ? 1 : 0))
    return lib::Error{"use a password of more than 508 bytes", 0};
  if (text.find('\0') != std::string_view::npos)
    return lib::Error{"use a password that holds a NUL", 0};
  if (text.empty() || text == "\r")
    return lib::Error{"use an empty password: nobody could log in", 0};
  if (!carriage) return {};
  lib::Secret trimmed;
  trimmed << text.substr(0, text.size() - 1);
  line.wipe();
  line << trimmed.view();
  return {};
}

lib::Status ask(std::string_view prompt, int interrupts,
                lib::Secret& password) {
  (void)lib::write_all(2, prompt);
  return read_line(password, interrupts);
}

lib::Status read_password(lib::Secret& password, Ask times) {
  if (isatty(0) == 0) return read_line(password, kNoDescriptor);
  const SilentTerminal silent(0);
  lib::Status status = ask("Password: ", silent.interrupts(), password);
  if (!status.ok() || times == Ask::Once) return status;
  lib::Secret again;
  status = ask("Once more: ", silent.interrupts(), again);
  if (status.ok() && password.view() != again.view())
    return lib::Error{"use two passwords that differ", 0};
  return status;
}

}  // namespace

lib::Status ask_password(lib::Secret& password, Ask times) {
  const lib::Status status = read_password(password, times);
  return status.ok() ? check(password) : status;
}

}  // namespace checkpw
