// SPDX-License-Identifier: ISC
// Any file as a passwd-file.  The first line of the input is the login, the
// rest the file.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "checkpw/login/verify.h"
#include "checkpw/stores/passwd_file.h"
#include "lib/crypto/md5.h"
#include "lib/text/text.h"

namespace {

void require(bool condition) {
  if (!condition) abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::string_view login = lib::next_field(text, '\n');
  checkpw::Lookup lookup;
  checkpw::PasswdScan scan(login, lookup);
  while (!text.empty()) {
    const std::string_view line = lib::next_field(text, '\n');
    scan.show(line.substr(0, 4096), line.size() <= 4096);
  }
  using State = checkpw::PasswdScan::State;
  require(lookup.found == (scan.state() == State::Found));
  require((scan.state() == State::Damaged) == (*scan.reason() != '\0'));
  require(lookup.dummy.empty() || checkpw::is_hash(lookup.dummy.view()));
  if (!lookup.found) return 0;
  const checkpw::Account& account = lookup.account;
  require(checkpw::secret_fault(account.kind) == nullptr);
  require((account.kind == checkpw::SecretKind::Locked) ==
          account.stored.empty());
  require(account.damaged_scheme == nullptr);
  const size_t digest = checkpw::digest_size(account.digest);
  require(account.kind != checkpw::SecretKind::Digest ||
          (account.stored.size() >= digest &&
           account.stored.size() <= digest + checkpw::kLongestSalt));
  require(account.kind != checkpw::SecretKind::CramMd5 ||
          account.stored.size() == sizeof(lib::HmacMd5Key));
  require(account.home.starts_with('/'));
  const auto bar = checkpw::reason_barred(
      account, {.client = lib::parse_address("192.0.2.1")});
  require(!account.nologin || bar.has_value());
  return 0;
}
