// SPDX-License-Identifier: ISC
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "maildir-pop3d/index/catalog.h"
#include "maildir-pop3d/mailbox/uidl_pattern.h"
#include "maildir-pop3d/maildir/maildir.h"

namespace pop3d {

// --uidl base: a message's unique id is the base of its name, as mailfront's.
//
// If several files have one base, the first call renames all but the one that
// was modified first, so that each has a base of its own (own_names.h).  If
// that is not possible, the others have a hash as their id.
class BaseIds {
 public:
  explicit BaseIds(const Maildir& maildir) : maildir_(maildir) {}

  // As uidl_of().
  std::string_view uidl(Catalog& catalog, size_t n, Uidl& made);
  void separate_all(Catalog& catalog);

 private:
  // An older file has the message's base.
  struct Younger {
    size_t n;
    Uidl uidl;
  };

  void separate(Catalog& catalog, std::span<const size_t> run);
  Uidl rename(Catalog& catalog, size_t n, uint32_t fingerprint) const;

  const Maildir& maildir_;
  bool is_separated_ = false;
  std::vector<Younger> younger_;  // by n
};

}  // namespace pop3d
