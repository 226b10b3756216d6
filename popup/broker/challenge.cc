// SPDX-License-Identifier: ISC
// Runs as root: timestamps, challenges and session ids.
#include "popup/broker/challenge.h"

#include <sys/random.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

#include "lib/io/deadline.h"

namespace popup {

lib::Result<Challenge> make_challenge(std::string_view htag) {
  uint64_t random = 0;
  // getrandom(2) returns all eight bytes or fails.
  while (getrandom(&random, sizeof random, 0) < 0)
    if (errno != EINTR) return lib::Error::from_errno("get random bytes");
  Challenge challenge;
  (challenge << '<').number(static_cast<uint64_t>(getpid())) << '.';
  challenge.number(static_cast<uint64_t>(lib::wall_seconds())) << '.';
  challenge.number(random, 36) << '@';
  challenge << htag.substr(0, challenge.free_space() - 1) << '>';
  return challenge;
}

SessionId make_session_id(uint64_t number) {
  SessionId id;
  id.number(static_cast<uint64_t>(getpid()), 16) << '.';
  id.number(static_cast<uint64_t>(lib::wall_seconds()), 16);
  // A SessionId has room for numbers up to 2^40.
  if (number != 0) (id << '.').number(number, 36);
  return id;
}

}  // namespace popup
