// SPDX-License-Identifier: ISC
// Whatever a client sends: replies are whole lines, credentials fit a record
// and survive the way to the checker, and the broker would take them; nobody
// logs in while the offer is locked.
#include <cstdint>
#include <cstdlib>

#include "popup/login.h"
#include "popup/record.h"

namespace {

void demand(bool truth) {
  if (!truth) abort();
}

void check_credentials(const popup::Login& login) {
  const lib::Credentials& credentials = login.credentials();
  lib::Secret record;
  demand(lib::encode_credentials(credentials, record));
  popup::RecordText text;
  demand(popup::encode_submission({.mechanism = credentials.mechanism,
                                   .login = credentials.login,
                                   .secret = credentials.secret,
                                   .bad_commands = login.bad_commands()},
                                  text));
  demand(popup::decode_submission(text.view().substr(popup::kRecordHeader))
             .has_value());
}

void converse(const popup::Offer& offer, const uint8_t* data, size_t size) {
  using popup::Next;
  popup::Login login(offer, "<1.2.3@mx.example.org>", 0);
  for (size_t i = 0; i < size; ++i) {
    const Next next = login.octet(static_cast<char>(data[i]));
    if (next == Next::Octet) continue;
    demand(next != Next::StartTls || offer.stls);
    if (next == Next::Authenticate) {
      demand(offer.has(login.credentials().mechanism));
      check_credentials(login);
    } else {
      demand(login.reply().ends_with("\r\n"));
    }
    if (next != Next::Line && next != Next::Authenticate) break;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  converse({.apop = true, .cram_md5 = true}, data, size);
  converse({.apop = true, .cram_md5 = true, .stls = true}, data, size);
  converse({.apop = true, .cram_md5 = true, .stls = true, .locked = true}, data,
           size);
  return 0;
}
