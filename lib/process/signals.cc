// SPDX-License-Identifier: ISC
// May run as root.
#include "lib/process/signals.h"

#include <sys/signalfd.h>

#include <array>
#include <csignal>
#include <initializer_list>

namespace lib {
namespace {

constexpr int kRealTime = 32;  // the first real-time signal

// A client has left; a log file may not grow.
constexpr auto kWriteSignals = std::to_array<int>({SIGPIPE, SIGXFSZ});

void ignore_write_signals() {
  for (const int number : kWriteSignals) signal(number, SIG_IGN);
}

}  // namespace

void reset_signals() {
  for (int number = 1; number < kRealTime; ++number)
    if (number != SIGKILL && number != SIGSTOP) signal(number, SIG_DFL);
  ignore_write_signals();
  unblock_signals();
}

void reset_session_signals() {
  for (const int number : {SIGCHLD, SIGTERM, SIGHUP}) signal(number, SIG_DFL);
  ignore_write_signals();
  unblock_signals();
}

void default_write_signals() {
  for (const int number : kWriteSignals) signal(number, SIG_DFL);
}

sigset_t signal_set(std::initializer_list<int> numbers) {
  sigset_t set;
  sigemptyset(&set);
  for (const int number : numbers) sigaddset(&set, number);
  return set;
}

void unblock_signals() {
  const sigset_t none = signal_set({});
  sigprocmask(SIG_SETMASK, &none, nullptr);
}

HeldSignal::HeldSignal(int number) {
  const sigset_t held = signal_set({number});
  sigprocmask(SIG_BLOCK, &held, &before_);
}

HeldSignal::~HeldSignal() {
  sigprocmask(SIG_SETMASK, &before_, nullptr);
}

Termination::Termination() {
  const sigset_t termination = signal_set({SIGTERM});
  fd_.reset(signalfd(-1, &termination, SFD_CLOEXEC));
  if (fd_.valid()) sigprocmask(SIG_BLOCK, &termination, nullptr);
}

}  // namespace lib
