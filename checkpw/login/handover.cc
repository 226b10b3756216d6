// SPDX-License-Identifier: ISC
// Runs as root: reads the record of a front end.
#include "checkpw/login/handover.h"

#include <fcntl.h>

#include "checkpw/login/read_secret.h"
#include "lib/io/unique_fd.h"

namespace checkpw {
namespace {

constexpr int kDescriptor = 3;
constexpr int64_t kSeconds = 60;

}  // namespace

Handover::Handover() : given_(fcntl(kDescriptor, F_GETFD) >= 0) {}

lib::Status Handover::receive(const NameRules& rules) {
  if (!given_) return lib::Error{"read descriptor 3", EBADF};
  const lib::UniqueFd fd(kDescriptor);
  if (!read_secret(fd.get(), lib::Deadline::in_seconds(kSeconds), record_))
    return lib::Error::from_errno("read descriptor 3");
  const auto decoded = lib::decode_credentials(record_.view());
  if (!decoded)
    return lib::Error{"decode descriptor 3: login, secret, timestamp", 0};
  credentials_ = *decoded;
  rewrite_login(rules, decoded->login, login_);
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
