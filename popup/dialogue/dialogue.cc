// SPDX-License-Identifier: ISC
// Runs as root until it is confined.
#include "popup/dialogue/dialogue.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <cstring>

#include "lib/io/io.h"
#include "popup/dialogue/login.h"
#include "popup/dialogue/proxy.h"
#include "popup/dialogue/record.h"
#include "popup/dialogue/tls_variables.h"

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

[[noreturn]] void fail(int records, std::string_view why) {
  RecordText record;
  if (encode_record(RecordKind::Failure, why, record)) tell(records, record);
  leave();
}

[[noreturn]] void finish(int records) {
  RecordText record;
  if (encode_record(RecordKind::Quit, "", record)) tell(records, record);
  leave();
}

void enter(const DialogueSettings& settings, int records) {
  const auto confined = confine(settings.jail, {records, settings.tls_control});
  if (confined.ok()) return;
  const lib::Error& error = confined.error();
  lib::FixedText<300> why;
  why << "unable to " << error.doing;
  if (error.code != 0) why << ": " << strerror(error.code);
  fail(records, why.view());
}

[[noreturn]] [[gnu::noinline]] void submit(int records, const Login& login) {
  const lib::Credentials& credentials = login.credentials();
  RecordText record;
  if (encode_submission({.mechanism = credentials.mechanism,
                         .login = credentials.login,
                         .secret = credentials.secret,
                         .tally = login.tally()},
                        record))
    tell(records, record);
  leave();
}

void quote(int records, std::string_view octets) {
  RecordText record;
  if (encode_record(RecordKind::Refused, octets, record)) tell(records, record);
}

// The first octet that fits no header may be the first of all, and tells
// little.  The broker waits only a moment for those that follow.
[[noreturn]] [[gnu::noinline]] void refuse(int records,
                                           std::string_view start) {
  lib::FixedText<kQuotedOctets> octets;
  octets << start;
  char octet = 0;
  for (;;) {
    quote(records, octets.view());
    if (octets.room() == 0 || lib::read_some(0, {&octet, 1}) != 1) leave();
    octets << octet;
  }
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
  if (next == Next::Quit) finish(records);
  if (next == Next::StartTls ? encode_start_tls(login.tally(), record)
                             : encode_close(login.reason(), record))
    tell(records, record);
  leave();
}

}  // namespace

void converse(const DialogueSettings& settings, int records) {
  enter(settings, records);
  Login login(settings.offer, settings.timestamp, settings.tally);
  say(settings.greeting);
  char octet = 0;
  while (lib::read_some(0, {&octet, 1}) == 1)
    proceed(login, octet, settings.traced, records);
  leave();
}

void try_confinement(const DialogueSettings& settings, int records) {
  enter(settings, records);
  finish(records);
}

void read_proxy_header(const DialogueSettings& settings, int records) {
  enter(settings, records);
  ProxyHeader header;
  char octet = 0;
  while (header.state() == ProxyHeader::State::Need) {
    if (lib::read_some(0, {&octet, 1}) != 1) {
      if (header.start().empty()) fail(records, "no PROXY header");
      quote(records, header.start());
      fail(records, "unfinished PROXY header");
    }
    header.feed(octet);
  }
  RecordText record;
  if (header.state() == ProxyHeader::State::Bad ||
      !encode_proxied(header.client(), record))
    refuse(records, header.start());
  tell(records, record);
  finish(records);
}

void request_tls(const DialogueSettings& settings, int records) {
  enter(settings, records);
  if (!lib::write_all(settings.tls_control, "Y"))
    fail(records, "the TLS server is gone");
  TlsBlockEnd block;
  lib::FixedText<kLongestPayload> part;
  RecordText record;
  char octet = 0;
  while (block.state() == TlsBlockEnd::State::More) {
    if (lib::read_some(settings.tls_control, {&octet, 1}) != 1)
      fail(records, "the TLS server closed before its answer was complete");
    block.feed({&octet, 1});
    part << octet;
    if (part.room() != 0 && block.state() == TlsBlockEnd::State::More) continue;
    if (encode_record(RecordKind::TlsBlock, part.view(), record))
      tell(records, record);
    part.clear();
  }
  if (block.state() == TlsBlockEnd::State::TooLong)
    fail(records, "the TLS server's answer is longer than 65536 bytes");
  finish(records);
}

}  // namespace popup
