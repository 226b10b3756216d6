// SPDX-License-Identifier: ISC
// Any data as a record of users/cdb and of vpasswd.cdb.  The first line of the
// input is a login, the rest the record.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "checkpw/stores/qmail_users.h"
#include "lib/crypto/md5.h"
#include "lib/text/text.h"

namespace {

void require(bool condition) {
  if (!condition) abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view record(reinterpret_cast<const char*>(data), size);
  const std::string_view login = lib::next_field(record, '\n');
  const checkpw::VpopmailName name = checkpw::parse_vpopmail_name(login);
  require(name.name.empty() == name.domain.empty());
  require(name.name.size() + name.domain.size() <= login.size());
  require(checkpw::assignment_key(login).size() == login.size() + 2);
  checkpw::Assignment assignment;
  if (checkpw::parse_assignment(record, assignment) == nullptr)
    require(assignment.home.starts_with('/'));
  checkpw::Account account;
  if (checkpw::parse_vpasswd(login, record, account) != nullptr) return 0;
  require(account.home.starts_with('/'));
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
  return 0;
}
