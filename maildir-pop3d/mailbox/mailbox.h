// SPDX-License-Identifier: ISC
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include "maildir-pop3d/index/catalog.h"
#include "maildir-pop3d/mailbox/base_ids.h"
#include "maildir-pop3d/mailbox/uidl.h"
#include "maildir-pop3d/maildir/mapped_buffer.h"

// This folder is the maildrop of a session: numbers, deletions, unique ids.
// protocol/ and the top of maildir-pop3d may call it.
// It may call index/, maildir/ and wire/.
namespace pop3d {

// The session's view of the maildrop (RFC 1939 section 5): message numbers that
// never change, deletion marks, totals of the messages that are not marked.
class Mailbox {
 public:
  explicit Mailbox(Catalog catalog) : catalog_(std::move(catalog)) {}

  [[nodiscard]] const Catalog& catalog() const { return catalog_; }
  [[nodiscard]] Catalog& catalog() { return catalog_; }
  // All messages, marked or not; they are 0 to size() - 1.
  [[nodiscard]] size_t size() const { return catalog_.count(); }

  // The unique ids are the bases of the names from now on.  Borrows maildir.
  void use_base_ids(const Maildir& maildir) { base_ids_.emplace(maildir); }
  // With --uidl base: renames messages that share a base now, not when the
  // first id is asked for.
  void separate_base_ids() {
    if (base_ids_) base_ids_->separate_all(catalog_);
  }
  // Borrows another server's unique ids.
  void use_list(UidlList& list) { list_ = &list; }
  // Null: no list is used.
  [[nodiscard]] const UidlList* list() const { return list_; }
  // As uidl_of().
  [[nodiscard]] std::string_view uidl(size_t n, Uidl& made) {
    return base_ids_ ? base_ids_->uidl(catalog_, n, made)
                     : uidl_of(catalog_, list_, n, made);
  }
  // An index or the list of unique ids could not be used: numbers and ids are
  // no longer reliable.
  [[nodiscard]] bool damaged() const {
    return catalog_.damaged() || (list_ != nullptr && list_->failed());
  }

  [[nodiscard]] bool is_deleted(size_t n) const {
    return marks_ && ((marks_->data()[n / 8] >> (n % 8)) & 1) != 0;
  }
  [[nodiscard]] size_t left_count() const { return size() - deleted_count_; }
  [[nodiscard]] uint64_t left_octets() const {
    return catalog_.total_octets() - deleted_octets_;
  }
  [[nodiscard]] size_t deleted_count() const { return deleted_count_; }

  // The message that a client's number (1 to size()) names; nullopt for
  // anything else, or if it is marked as deleted.
  [[nodiscard]] std::optional<size_t> find(std::string_view number) const;

  void mark_deleted(size_t n);  // n is not marked yet
  void reset();                 // RSET
  // RETR: counts for last().
  void touch(size_t n) { last_ = std::max(last_, n + 1); }
  // RFC 1460 LAST: the highest number accessed, 0 for none.
  [[nodiscard]] size_t last() const { return last_; }

  // Gives back memory until the next command.
  void release_memory();

 private:
  Catalog catalog_;
  UidlList* list_ = nullptr;
  std::optional<BaseIds> base_ids_;
  std::optional<MappedBuffer> marks_;  // one bit each; none before a DELE
  size_t deleted_count_ = 0;
  uint64_t deleted_octets_ = 0;
  size_t last_ = 0;
};

}  // namespace pop3d
