// SPDX-License-Identifier: ISC
#include "maildir-pop3d/mailbox/base_ids.h"

#include <sys/stat.h>

#include <algorithm>
#include <compare>
#include <cstdint>
#include <string>
#include <utility>

#include "lib/text/hash.h"
#include "maildir-pop3d/mailbox/uidl.h"
#include "maildir-pop3d/maildir/clock.h"
#include "maildir-pop3d/maildir/filename.h"
#include "maildir-pop3d/maildir/own_names.h"

namespace pop3d {
namespace {

// Sorted by age among the messages of one base.
struct AgedMessage {
  std::string base;
  bool is_younger;   // than one of the same unique name
  int64_t modified;  // nanoseconds
  uint64_t inode;
  size_t n;
  uint32_t fingerprint;

  auto operator<=>(const AgedMessage&) const = default;
};

AgedMessage age_of(const Maildir& maildir, const Catalog& catalog, size_t n) {
  std::string base(base_part(catalog.original(n).name));
  const bool is_younger = catalog.is_younger(n);
  const Message message = catalog.message(n);
  AgedMessage aged{std::move(base), is_younger, INT64_MAX,
                   message.inode,   n,          message.fingerprint};
  struct stat file {};
  if (maildir.look_at(message.folder, message.name.data(), file)) {
    aged.modified = nanoseconds(file.st_mtim);
    aged.fingerprint = fingerprint_of(file);
  }
  return aged;
}

// The base of this name if it is a valid id, else a hash.
Uidl id_of_name(std::string_view name, std::string_view suffix) {
  const std::string_view base = base_part(name);
  if (!valid_uidl(base)) return hashed_uidl(unique_part(name), suffix);
  Uidl uidl;
  uidl << base;
  return uidl;
}

}  // namespace

std::string_view BaseIds::uidl(Catalog& catalog, size_t n, Uidl& made) {
  separate_all(catalog);
  const auto found = std::ranges::lower_bound(younger_, n, {}, &Younger::n);
  if (found != younger_.end() && found->n == n)
    made = found->uidl;
  else
    made = id_of_name(catalog.original(n).name, {});
  return made.view();
}

void BaseIds::separate_all(Catalog& catalog) {
  if (std::exchange(is_separated_, true)) return;
  struct Entry {
    uint64_t hash;
    size_t n;
  };
  std::vector<Entry> all;
  all.reserve(catalog.count());
  for (size_t n = 0; n < catalog.count() && !catalog.damaged(); ++n)
    all.push_back({lib::hash_of(base_part(catalog.original(n).name)), n});
  std::ranges::sort(all, {}, &Entry::hash);
  for (size_t begin = 0, end = 0; begin < all.size(); begin = end) {
    std::vector<size_t> run;
    for (; end < all.size() && all[end].hash == all[begin].hash; ++end)
      run.push_back(all[end].n);
    if (run.size() > 1 && !catalog.damaged()) separate(catalog, run);
  }
  catalog.settle_moves();
  std::ranges::sort(younger_, {}, &Younger::n);
}

// The bases of these messages have one hash, and so are usually equal.
void BaseIds::separate(Catalog& catalog, std::span<const size_t> run) {
  std::vector<AgedMessage> aged;
  for (const size_t n : run) aged.push_back(age_of(maildir_, catalog, n));
  std::ranges::sort(aged);
  for (size_t i = 1; i < aged.size(); ++i)
    if (aged[i].base == aged[i - 1].base)
      younger_.push_back(
          {aged[i].n, rename(catalog, aged[i].n, aged[i].fingerprint)});
}

// Returns the id: that of the new name, which the next session finds, or a
// hash.
Uidl BaseIds::rename(Catalog& catalog, size_t n, uint32_t fingerprint) const {
  const Message message = catalog.message(n);
  const FileName own = own_name(message.name, message.inode, fingerprint);
  const auto done =
      give_own_name(maildir_.folder(message.folder), message.name.data(),
                    message.inode, fingerprint);
  if (!done.ok() || !done.value()) {
    lib::FixedText<20> suffix;
    suffix.number(message.inode);
    return hashed_uidl(unique_part(message.name), suffix.view());
  }
  catalog.move(n, message.folder, own.view());
  return id_of_name(own.view(), {});
}

}  // namespace pop3d
