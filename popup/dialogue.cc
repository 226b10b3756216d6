// SPDX-License-Identifier: ISC
// Runs as root until it is confined.
#include "popup/dialogue.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <cstring>

#include "lib/io.h"
#include "popup/login.h"
#include "popup/record.h"

namespace popup {
namespace {

// exit_group, which _exit calls, is not among the calls of strict seccomp.
[[noreturn]] void leave() {
  for (;;) syscall(SYS_exit, 0);
}

void tell(int records, const RecordText& record) {
  if (!lib::write_all(records, record.view())) leave();
}

void say(std::string_view reply) {
  if (!reply.empty() && !lib::write_all(1, reply)) leave();
}

[[noreturn]] void fail(int records, const lib::Error& error) {
  lib::FixedText<300> why;
  why << "unable to " << error.doing;
  if (error.code != 0) why << ": " << strerror(error.code);
  RecordText record;
  if (encode_record(RecordKind::Failure, why.view(), record))
    tell(records, record);
  leave();
}

void submit(int records, const Login& login) {
  const lib::Credentials& credentials = login.credentials();
  RecordText record;
  if (encode_submission({.mechanism = credentials.mechanism,
                         .login = credentials.login,
                         .secret = credentials.secret,
                         .bad_commands = login.bad_commands()},
                        record))
    tell(records, record);
  leave();
}

// The line that octet ends is answered; returns where there is more to say.
void proceed(Login& login, char octet, bool traced, int records) {
  const Next next = login.octet(octet);
  if (next == Next::Octet) return;
  RecordText record;
  if (traced && encode_record(RecordKind::Trace, login.shown(), record))
    tell(records, record);
  if (next == Next::Authenticate) submit(records, login);
  say(login.reply());
  if (next == Next::Line) return;
  if (encode_record(RecordKind::Quit, "", record)) tell(records, record);
  leave();
}

}  // namespace

void converse(const DialogueSettings& settings, int records) {
  if (const auto confined = confine(settings.jail, records); !confined.ok())
    fail(records, confined.error());
  Login login(settings.offer, settings.timestamp, settings.bad_commands);
  say(settings.greeting);
  char octet = 0;
  while (lib::read_some(0, {&octet, 1}) == 1)
    proceed(login, octet, settings.traced, records);
  leave();
}

}  // namespace popup
