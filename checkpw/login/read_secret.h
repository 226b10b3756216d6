// SPDX-License-Identifier: ISC
// Runs as root: reads what descriptor 3 and .password hold.
#pragma once

#include <array>
#include <cerrno>
#include <cstring>

#include "lib/crypto/secret.h"
#include "lib/io/io.h"

namespace checkpw {

// Appends all that fd holds to text, and keeps no other copy.  False with an
// errno: ETIMEDOUT after the deadline, EMSGSIZE if text is too small, or
// read(2)'s.
template <size_t Capacity>
bool read_secret(int fd, lib::Deadline deadline,
                 lib::WipedText<Capacity>& text) {
  std::array<char, lib::kCredentialsSize> piece;
  ssize_t got = 1;
  while (got > 0 && !text.overflowed()) {
    got = lib::wait_readable(fd, deadline) ? lib::read_some(fd, piece) : -1;
    if (got > 0) text << std::string_view(piece.data(), size_t(got));
  }
  const int error = text.overflowed() ? EMSGSIZE : errno;
  explicit_bzero(piece.data(), piece.size());
  errno = error;
  return got == 0;
}

}  // namespace checkpw
