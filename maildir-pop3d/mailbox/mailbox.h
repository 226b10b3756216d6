// SPDX-License-Identifier: ISC
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "maildir-pop3d/index/catalog.h"
#include "maildir-pop3d/maildir/pages.h"

namespace pop3d {

// The session's view of the maildrop (RFC 1939 section 5; pure): numbers
// that never change, deletion marks, and the totals without what is marked.
class Mailbox {
 public:
  explicit Mailbox(Catalog catalog);

  [[nodiscard]] const Catalog& catalog() const { return catalog_; }
  [[nodiscard]] Catalog& catalog() { return catalog_; }
  // All messages, marked or not; they are 0 to size() - 1.
  [[nodiscard]] size_t size() const { return catalog_.count(); }

  [[nodiscard]] bool is_deleted(size_t n) const {
    return marks_ && ((marks_->data()[n / 8] >> (n % 8)) & 1) != 0;
  }
  [[nodiscard]] size_t left_count() const { return size() - deleted_count_; }
  [[nodiscard]] uint64_t left_octets() const {
    return catalog_.total_octets() - deleted_octets_;
  }
  [[nodiscard]] size_t deleted_count() const { return deleted_count_; }

  // The message that a client's number (1 to size()) names; nullopt for
  // anything else, and for one that is marked as deleted.
  [[nodiscard]] std::optional<size_t> find(std::string_view number) const;

  void mark_deleted(size_t n);  // n is not marked yet
  void touch(size_t n);         // RETR: counts for last()
  void reset();                 // RSET

  // RFC 1460 LAST: the highest number accessed, 0 for none.
  [[nodiscard]] size_t last() const { return last_; }

 private:
  Catalog catalog_;
  std::optional<Pages> marks_;  // one bit each; none before the first DELE
  size_t deleted_count_ = 0;
  uint64_t deleted_octets_ = 0;
  size_t last_ = 0;
};

}  // namespace pop3d
