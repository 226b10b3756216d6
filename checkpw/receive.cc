// SPDX-License-Identifier: ISC
// Runs as root: reads what a front end hands over.
#include "checkpw/receive.h"

#include <fcntl.h>

#include <algorithm>
#include <array>

#include "lib/deadline.h"
#include "lib/io.h"
#include "lib/unique_fd.h"

namespace checkpw {
namespace {

constexpr int kDescriptor = 3;
constexpr int64_t kSeconds = 60;

}  // namespace

bool has_record() {
  return fcntl(kDescriptor, F_GETFD) >= 0;
}

lib::Status receive(lib::Secret& record) {
  const lib::UniqueFd fd(kDescriptor);
  const lib::Deadline deadline = lib::Deadline::in_seconds(kSeconds);
  std::array<char, lib::kCredentialsSize> piece;
  ssize_t got = 1;
  while (got > 0 && !record.overflowed()) {
    if (!lib::wait_readable(fd.get(), deadline)) break;
    got = lib::read_some(fd.get(), piece);
    if (got > 0) record << std::string_view(piece.data(), size_t(got));
  }
  const lib::Error error = lib::Error::from_errno("read descriptor 3");
  explicit_bzero(piece.data(), piece.size());
  if (record.overflowed()) return lib::Error{"read descriptor 3", EMSGSIZE};
  if (got != 0) return error;
  return {};
}

}  // namespace checkpw
