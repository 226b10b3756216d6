// SPDX-License-Identifier: ISC
#pragma once

#include <cstdint>
#include <string_view>

#include "lib/result.h"
#include "lib/text/fixed_text.h"

namespace popup {

// Short, because some checkers (vchkpw) read no more than 155 bytes of
// credentials, which include it.
constexpr size_t kLongestChallenge = 50;
using Challenge = lib::FixedText<kLongestChallenge>;

// Returns <pid.time.random@htag>, as RFC 1939 (APOP) and RFC 2195 (CRAM-MD5)
// require: different every time and hard to guess (64 bits of getrandom(2)).
// htag is cut to fit.
lib::Result<Challenge> make_challenge(std::string_view htag);

// The session's name in the log lines of all programs: pid.time, hexadecimal.
// With popup -D one process has many sessions, so a number is appended that
// tells them apart.  0 appends nothing.
using SessionId = lib::FixedText<31>;
SessionId make_session_id(uint64_t number = 0);

}  // namespace popup
