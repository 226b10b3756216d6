// SPDX-License-Identifier: ISC
// Runs as root: reads what a front end hands over.
#include "checkpw/login/handover.h"

#include <fcntl.h>

#include <array>

#include "lib/io/deadline.h"
#include "lib/io/io.h"
#include "lib/io/unique_fd.h"

namespace checkpw {
namespace {

constexpr int kDescriptor = 3;
constexpr int64_t kSeconds = 60;

lib::Status read_record(lib::Secret& record) {
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

}  // namespace

Handover::Handover() : given_(fcntl(kDescriptor, F_GETFD) >= 0) {}

lib::Status Handover::receive() {
  if (!given_) return lib::Error{"read descriptor 3", EBADF};
  lib::Status status = read_record(record_);
  if (!status.ok()) return status;
  const auto decoded = lib::decode_credentials(record_.view());
  if (!decoded)
    return lib::Error{"decode descriptor 3: login, secret, timestamp", 0};
  credentials_ = *decoded;
  login_ << decoded->login;
  return {};
}

lib::ExitCode Handover::exit_code(const lib::Error& error) {
  const bool misused =
      error.code == EBADF || error.code == EMSGSIZE || error.code == 0;
  return misused ? lib::kMisused : lib::kTemporary;
}

void Handover::wipe() {
  record_.wipe();
  credentials_ = {};
}

}  // namespace checkpw
