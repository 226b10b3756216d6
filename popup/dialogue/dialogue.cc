// SPDX-License-Identifier: ISC
// Runs as root until it is confined.
#include "popup/dialogue/dialogue.h"

#include <sys/syscall.h>
#include <unistd.h>

#include "lib/io/io.h"
#include "lib/io/log.h"
#include "popup/dialogue/login.h"
#include "popup/dialogue/proxy.h"
#include "popup/dialogue/record.h"
#include "popup/dialogue/tls_variables.h"

namespace popup {
namespace {

// _exit calls exit_group, which strict seccomp does not allow.
[[noreturn]] void leave() {
  for (;;) syscall(SYS_exit, 0);
}

void send_record(int records, const RecordText& record) {
  if (!lib::write_all(records, record.view())) leave();
}

void send_reply(std::string_view reply) {
  if (!reply.empty() && !lib::write_all(1, reply)) leave();
}

void send_payload(int records, RecordKind kind, std::string_view payload) {
  RecordText record;
  if (encode_record(kind, payload, record)) send_record(records, record);
}

[[noreturn]] void fail(int records, std::string_view why) {
  send_payload(records, RecordKind::Failure, why);
  leave();
}

[[noreturn]] void end_with_quit(int records) {
  send_payload(records, RecordKind::Quit, "");
  leave();
}

void confine_or_fail(const DialogueSettings& settings, int records) {
  const auto confined = confine(settings.jail, {records, settings.tls_control});
  if (!confined.ok()) fail(records, lib::cause_of(confined.error()).view());
}

[[noreturn]] [[gnu::noinline]] void submit_credentials(int records,
                                                       const Login& login) {
  const lib::Credentials& credentials = login.credentials();
  RecordText record;
  if (encode_submission({.mechanism = credentials.mechanism,
                         .login = credentials.login,
                         .secret = credentials.secret,
                         .tally = login.tally()},
                        record))
    send_record(records, record);
  leave();
}

// The first octet may already make the header bad, and would show little in the
// log.  So we also send those that follow; the broker waits a second for them.
[[noreturn]] [[gnu::noinline]] void refuse_header(int records,
                                                  std::string_view start) {
  lib::FixedText<kQuotedOctets> octets;
  octets << start;
  char octet = 0;
  for (;;) {
    send_payload(records, RecordKind::Refused, octets.view());
    if (octets.free_space() == 0 || lib::read_some(0, {&octet, 1}) != 1)
      leave();
    octets << octet;
  }
}

// If octet ends a line, answers it; returns unless that ends the dialogue.
void handle_octet(Login& login, char octet, bool traced, int records) {
  const Next next = login.feed(octet);
  if (next == Next::Octet) return;
  if (traced) send_payload(records, RecordKind::Trace, login.shown());
  if (next == Next::Authenticate) submit_credentials(records, login);
  send_reply(login.reply());
  if (next == Next::Line) return;
  if (next == Next::Quit) end_with_quit(records);
  RecordText record;
  if (next == Next::StartTls ? encode_start_tls(login.tally(), record)
                             : encode_close(login.reason(), record))
    send_record(records, record);
  leave();
}

}  // namespace

void run_login_dialogue(const DialogueSettings& settings, int records) {
  confine_or_fail(settings, records);
  Login login(settings.offer, settings.timestamp, settings.tally);
  send_reply(settings.greeting);
  char octet = 0;
  while (lib::read_some(0, {&octet, 1}) == 1)
    handle_octet(login, octet, settings.traced, records);
  leave();
}

void try_confinement(const DialogueSettings& settings, int records) {
  confine_or_fail(settings, records);
  end_with_quit(records);
}

void read_proxy_header(const DialogueSettings& settings, int records) {
  confine_or_fail(settings, records);
  ProxyHeader header;
  char octet = 0;
  while (header.state() == ProxyHeader::State::Need) {
    if (lib::read_some(0, {&octet, 1}) != 1) {
      if (header.first_octets().empty()) fail(records, "no PROXY header");
      send_payload(records, RecordKind::Refused, header.first_octets());
      fail(records, "unfinished PROXY header");
    }
    header.feed(octet);
  }
  RecordText record;
  if (header.state() == ProxyHeader::State::Bad ||
      !encode_proxied(header.client(), record))
    refuse_header(records, header.first_octets());
  send_record(records, record);
  end_with_quit(records);
}

void request_tls(const DialogueSettings& settings, int records) {
  confine_or_fail(settings, records);
  if (!lib::write_all(settings.tls_control, "Y"))
    fail(records, "the TLS server is gone");
  TlsBlockEnd block;
  lib::FixedText<kLongestPayload> part;
  char octet = 0;
  while (block.state() == TlsBlockEnd::State::More) {
    if (lib::read_some(settings.tls_control, {&octet, 1}) != 1)
      fail(records, "the TLS server closed before its answer was complete");
    block.feed({&octet, 1});
    part << octet;
    if (part.free_space() != 0 && block.state() == TlsBlockEnd::State::More)
      continue;
    send_payload(records, RecordKind::TlsBlock, part.view());
    part.clear();
  }
  if (block.state() == TlsBlockEnd::State::TooLong)
    fail(records, "the TLS server's answer is longer than 65536 bytes");
  end_with_quit(records);
}

void await_tls(const DialogueSettings& settings, int records) {
  confine_or_fail(settings, records);
  lib::FixedText<200> why;
  char octet = 0;
  ssize_t got = 1;
  while (got == 1 && why.free_space() != 0) {
    got = lib::read_some(settings.tls_control, {&octet, 1});
    if (got == 1 && octet == '\n') break;
    if (got == 1) why << octet;
  }
  if (got == 0 && why.empty()) end_with_quit(records);
  fail(records, why.empty() ? "the TLS helper failed" : why.view());
}

}  // namespace popup
