// SPDX-License-Identifier: ISC
#include "lib/signals.h"

#include <csignal>
#include <initializer_list>

namespace lib {
namespace {

constexpr int kRealTime = 32;  // where the classical signals end

void unblock_all() {
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
}

}  // namespace

void reset_signals() {
  for (int number = 1; number < kRealTime; ++number)
    if (number != SIGKILL && number != SIGSTOP && number != SIGPIPE)
      signal(number, SIG_DFL);
  signal(SIGPIPE, SIG_IGN);
  unblock_all();
}

void reset_session_signals() {
  for (const int number : {SIGCHLD, SIGTERM, SIGHUP}) signal(number, SIG_DFL);
  for (const int number : {SIGPIPE, SIGXFSZ}) signal(number, SIG_IGN);
  unblock_all();
}

void default_sigpipe() {
  signal(SIGPIPE, SIG_DFL);
}

HeldSignal::HeldSignal(int number) {
  sigset_t held;
  sigemptyset(&held);
  sigaddset(&held, number);
  sigprocmask(SIG_BLOCK, &held, &before_);
}

HeldSignal::~HeldSignal() {
  sigprocmask(SIG_SETMASK, &before_, nullptr);
}

}  // namespace lib
