// SPDX-License-Identifier: ISC
#include "lib/signals.h"

#include <csignal>

namespace lib {
namespace {

constexpr int kRealTime = 32;  // where the classical signals end

}  // namespace

void reset_signals() {
  for (int number = 1; number < kRealTime; ++number)
    if (number != SIGKILL && number != SIGSTOP && number != SIGPIPE)
      signal(number, SIG_DFL);
  signal(SIGPIPE, SIG_IGN);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
}

void default_sigpipe() {
  signal(SIGPIPE, SIG_DFL);
}

}  // namespace lib
