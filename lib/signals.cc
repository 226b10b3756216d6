// SPDX-License-Identifier: ISC
#include "lib/signals.h"

#include <csignal>
#include <initializer_list>

namespace lib {

void reset_signals() {
  for (const int number : {SIGALRM, SIGCHLD, SIGTERM, SIGHUP, SIGINT, SIGQUIT,
                           SIGUSR1, SIGUSR2, SIGXFSZ, SIGXCPU})
    signal(number, SIG_DFL);
  signal(SIGPIPE, SIG_IGN);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
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
