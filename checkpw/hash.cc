// SPDX-License-Identifier: ISC
// Runs as root: computes hashes of passwords that are not yet believed.
#include "checkpw/hash.h"

#include <cerrno>

#include "checkpw/crypt_methods.h"
#include "lib/byte_search.h"
#include "lib/text.h"

namespace checkpw {
namespace {

// The shortest hash there is: traditional DES, two of salt and eleven.
constexpr size_t kShortestHash = 13;

}  // namespace

bool may_be_hash(std::string_view text) {
  return text.size() >= kShortestHash && lib::all_between(text, '!', '~') &&
         text.find_first_of("!*:;\\") == std::string_view::npos;
}

bool is_hash(std::string_view text) {
  HashText copy;
  copy << text;
  return may_be_hash(text) && !copy.overflowed() && knows_method(copy.c_str());
}

lib::Result<bool> hash_matches(const char* password, std::string_view hash) {
  HashText made;
  const lib::Status status = make_hash(password, hash, made);
  if (!status.ok()) return status.error();
  return lib::equal_constant_time(made.view(), hash);
}

lib::Status spend_hash(const char* password, std::string_view setting) {
  if (setting.empty()) return {};
  HashText made;
  lib::Status status = make_hash(password, setting, made);
  if (status.ok() || status.error().code != EINVAL) return status;
  HashText preferred;
  status = make_setting("", 0, preferred);
  return status.ok() ? make_hash(password, preferred.view(), made) : status;
}

lib::Status make_setting(std::string_view prefix, unsigned long cost,
                         HashText& into) {
  HashText method;
  method << prefix;
  into.wipe();
  if (!crypt_setting(prefix.empty() ? nullptr : method.c_str(), cost, into))
    return lib::Error::from_errno("make a salt");
  return {};
}

lib::Status make_hash(const char* password, std::string_view setting,
                      HashText& into) {
  HashText copy;
  copy << setting;
  if (copy.overflowed()) return lib::Error{"hash the password", EINVAL};
  into.wipe();
  errno = EINVAL;
  const bool made = crypt_phrase(password, copy.c_str(), into);
  // yescrypt says EINVAL for lack of memory as well.
  if (!made || into.view().starts_with('*'))
    return lib::Error{"hash the password: no memory for it, or a damaged hash",
                      errno};
  return {};
}

}  // namespace checkpw
