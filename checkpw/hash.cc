// SPDX-License-Identifier: ISC
// Runs as root: computes hashes of passwords that are not yet believed.
#include "checkpw/hash.h"

#include <cerrno>

#include "checkpw/libxcrypt.h"
#include "lib/text.h"

namespace checkpw {
namespace {

// The shortest hash there is: traditional DES, two of salt and eleven.
constexpr size_t kShortestHash = 13;

// crypt's work area (32 KiB), wiped: it holds key material.
class Work {
 public:
  Work() = default;
  Work(const Work&) = delete;
  Work& operator=(const Work&) = delete;
  ~Work() { explicit_bzero(&data_, sizeof data_); }

  // crypt_rn and not crypt_r: NULL on failure, never a "*0", and musl has no
  // function of that name that could be linked in its place.
  const char* hash(const char* password, const char* setting) {
    return crypt_rn(password, setting, &data_, sizeof data_);
  }

 private:
  crypt_data data_{};
};

}  // namespace

bool is_hash(std::string_view text) {
  HashText copy;
  copy << text;
  if (copy.overflowed() || copy.size() < kShortestHash) return false;
  if (text.find('\0') != std::string_view::npos) return false;
  const int kind = crypt_checksalt(copy.c_str());
  return kind == CRYPT_SALT_OK || kind == CRYPT_SALT_METHOD_LEGACY;
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
  char made[CRYPT_GENSALT_OUTPUT_SIZE];
  if (crypt_gensalt_rn(prefix.empty() ? nullptr : method.c_str(), cost, nullptr,
                       0, made, sizeof made) == nullptr)
    return lib::Error::from_errno("make a salt");
  into.wipe();
  into << made;
  return {};
}

lib::Status make_hash(const char* password, std::string_view setting,
                      HashText& into) {
  HashText copy;
  copy << setting;
  if (copy.overflowed()) return lib::Error{"hash the password", EINVAL};
  Work work;
  errno = EINVAL;
  const char* made = work.hash(password, copy.c_str());
  // yescrypt says EINVAL for lack of memory as well.
  if (made == nullptr || *made == '*')
    return lib::Error{"hash the password: no memory for it, or a damaged hash",
                      errno};
  into.wipe();
  into << made;
  return {};
}

}  // namespace checkpw
