// SPDX-License-Identifier: ISC
// Whatever a client sends: replies are whole lines, credentials fit a record
// and survive the way to the checker, and the broker would take them.
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

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const popup::Offer offer{.apop = true, .cram_md5 = true};
  popup::Login login(offer, "<1.2.3@mx.example.org>", 0);
  for (size_t i = 0; i < size; ++i) {
    const popup::Next next = login.octet(static_cast<char>(data[i]));
    if (next == popup::Next::Octet) continue;
    if (next == popup::Next::Authenticate)
      check_credentials(login);
    else
      demand(login.reply().ends_with("\r\n"));
    if (next == popup::Next::Quit || next == popup::Next::Close) break;
  }
  return 0;
}
