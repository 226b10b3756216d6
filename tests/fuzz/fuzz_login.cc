// SPDX-License-Identifier: ISC
// Any input of a client: replies are whole lines; credentials fit a record,
// reach the checker unchanged, and the broker would accept them; nobody logs in
// while the offer is locked; more spaces between words change nothing.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "lib/text/text.h"
#include "popup/dialogue/login.h"
#include "popup/dialogue/record.h"

namespace {

void demand(bool truth) {
  if (!truth) abort();
}

void check_credentials(const popup::Login& login) {
  const lib::Credentials& credentials = login.credentials();
  const bool malformed = credentials.login.empty();
  demand(malformed == credentials.secret.empty());
  lib::Secret record;
  demand(malformed || lib::encode_credentials(credentials, record));
  popup::RecordText text;
  demand(popup::encode_submission({.mechanism = credentials.mechanism,
                                   .login = credentials.login,
                                   .secret = credentials.secret,
                                   .tally = login.tally()},
                                  text));
  demand(popup::decode_submission(text.view().substr(popup::kRecordHeader))
             .has_value());
}

void converse(const popup::Offer& offer, const uint8_t* data, size_t size) {
  using popup::Next;
  popup::Login login(offer, "<1.2.3@mx.example.org>", {});
  for (size_t i = 0; i < size; ++i) {
    const Next next = login.feed(static_cast<char>(data[i]));
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

popup::Next feed(popup::Login& login, std::string_view line) {
  popup::Next next = popup::Next::Octet;
  for (const char c : line) next = login.feed(c);
  return next;
}

// The line with its first space doubled, unless spaces belong to a value or
// the longer line would be too long.
std::string widened(std::string_view line) {
  const size_t space = std::min(line.find(' '), line.size());
  const std::string_view keyword = line.substr(0, space);
  std::string wide(line);
  if (space != 0 && space + 2 < line.size() &&
      line.size() < popup::kLongestCommand &&
      !lib::equal_caseless(keyword, "USER") &&
      !lib::equal_caseless(keyword, "PASS"))
    wide.insert(space, 1, ' ');
  return wide;
}

void compare_spaces(std::string_view text) {
  using popup::Next;
  const popup::Offer offer{.apop = true, .cram_md5 = true};
  popup::Login narrow(offer, "<1.2.3@mx.example.org>", {});
  popup::Login wide(offer, "<1.2.3@mx.example.org>", {});
  for (bool exchange = false; !text.empty();) {
    const size_t end = std::min(text.find('\n'), text.size() - 1) + 1;
    const std::string line(text.substr(0, end));
    text.remove_prefix(end);
    const Next next = feed(narrow, line);
    demand(feed(wide, exchange ? line : widened(line)) == next);
    demand(wide.reply() == narrow.reply());
    if (next == Next::Authenticate) {
      demand(wide.credentials().login == narrow.credentials().login);
      demand(wide.credentials().secret == narrow.credentials().secret);
    } else if (next != Next::Line) {
      return;
    }
    exchange = narrow.reply().starts_with("+ ");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  converse({.apop = true, .cram_md5 = true}, data, size);
  converse({.apop = true, .cram_md5 = true, .stls = true}, data, size);
  converse({.apop = true, .cram_md5 = true, .stls = true, .locked = true}, data,
           size);
  compare_spaces({reinterpret_cast<const char*>(data), size});
  return 0;
}
