// SPDX-License-Identifier: ISC
// Runs as root: computes hashes of passwords that may be wrong.
#include "checkpw/crypt/hash.h"

#include <sys/mman.h>

#include <cerrno>

#include "checkpw/crypt/crypt_methods.h"
#include "checkpw/crypt/hash_cost.h"
#include "lib/text/byte_search.h"
#include "lib/text/text.h"

namespace checkpw {
namespace {

// Traditional DES has the shortest hash: 2 characters of salt and 11 more.
constexpr size_t kShortestHash = 13;

constexpr lib::Error kDamaged{"hash the password: a damaged hash", EINVAL};
constexpr lib::Error kNoMemory{"hash the password: no memory for it", ENOMEM};

// yescrypt says EINVAL for lack of memory, too, so we try to get the memory.
lib::Error why_not_made(std::string_view setting) {
  constexpr size_t kSmallTables = 1UL << 20;
  const auto cost = hash_cost(setting);
  if (!cost || cost->memory == 0) return kDamaged;
  const size_t size = cost->memory + kSmallTables;
  void* const memory = mmap(nullptr, size, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return kNoMemory;
  munmap(memory, size);
  return kDamaged;
}

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

void choose_dummy(std::string_view hash, HashText& into) {
  HashText preferred;
  const bool made = make_setting("", 0, preferred).ok();
  const auto ours = hash_cost(preferred.view());
  const auto theirs = hash_cost(hash);
  const bool too_costly =
      !theirs || (ours && theirs->time > kMostDummyFactor * ours->time);
  into << (made && too_costly ? preferred.view() : hash);
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
  into.wipe();
  if (copy.overflowed() || !is_affordable(setting)) return kDamaged;
  const bool made = crypt_phrase(password, copy.c_str(), into);
  if (!made || into.view().starts_with('*')) return why_not_made(setting);
  return {};
}

}  // namespace checkpw
