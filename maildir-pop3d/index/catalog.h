// SPDX-License-Identifier: ISC
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "lib/result.h"
#include "maildir-pop3d/index/reader.h"
#include "maildir-pop3d/maildir/message.h"
#include "maildir-pop3d/maildir/scanned_files.h"

namespace pop3d {

// The messages of a session, in its order.  Either all of them are in memory,
// or the larger directory's stay in its index file, which is read on demand,
// and only the other directory's are in memory, each with its place in the
// common order.  Believes nothing of an index that its checksums do not
// confirm: after the first damaged page damaged() is true, and message()
// returns empty messages for all that are indexed.
class Catalog {
 public:
  Catalog() = default;
  explicit Catalog(ScannedFiles&& measured);
  // The messages of the folder as its index lists them, and those of the other
  // directory.  Every unique name occurs only once in each.  nullopt if the
  // index is damaged, or if a unique name occurs in both, so that the files
  // themselves have to decide.
  static std::optional<Catalog> merge(IndexReader&& index, Folder folder,
                                      ScannedFiles&& others);

  // Messages are counted from 0 here, from 1 on the wire.
  [[nodiscard]] size_t count() const {
    return items_.size() +
           (index_ ? static_cast<size_t>(index_->header().records) : 0);
  }
  [[nodiscard]] uint64_t total_octets() const { return total_octets_; }
  // Names are valid until the next call of any member function.
  [[nodiscard]] Message message(size_t n) const;
  // The message as it was before another program renamed it in this session.
  // The original names are in order, and determine the unique ids.
  [[nodiscard]] Message original(size_t n) const;
  // message(n).octets, without reading the name.
  [[nodiscard]] uint64_t octets(size_t n) const;
  // The index turned out to be damaged.
  [[nodiscard]] bool damaged() const { return damaged_; }
  // The error to log; only valid if damaged().
  [[nodiscard]] lib::Error damage() const;
  // The first message at or after n that was in new/ when the session began.
  // count(): no such message, or the index is damaged.
  [[nodiscard]] size_t next_in_new(size_t n) const;

  // The next three are those of the scan; never true of messages in an index.
  // The file had a second name.
  [[nodiscard]] bool has_twin(size_t n) const {
    return !index_ && names_.has_twin(items_[n].name);
  }
  // An older file has the same unique name.
  [[nodiscard]] bool is_younger(size_t n) const {
    return !index_ && names_.is_younger(items_[n].name);
  }
  [[nodiscard]] bool shares_names() const { return shares_names_; }
  // No message has a twin or shares its unique name.
  [[nodiscard]] bool has_distinct_names() const { return has_distinct_names_; }

  // Another program renamed the file.  message() may return the old name until
  // settle_moves().  In between, each message at most once.
  void move(size_t n, Folder folder, std::string_view name);
  void settle_moves();

  // Gives back memory until the catalog is used again.
  void release_memory() {
    if (index_) index_->release_memory();
  }

 private:
  struct Item {
    uint64_t octets;
    uint64_t inode;
    uint32_t fingerprint;
    uint32_t name;
  };
  struct Move {
    size_t n;
    uint32_t name;
  };

  [[nodiscard]] const Move* find_move(size_t n) const;
  [[nodiscard]] Message in_memory(size_t item) const;
  [[nodiscard]] Message in_index(uint64_t record) const;

  NameArena names_;
  std::vector<Item> items_;     // the messages in memory
  std::vector<size_t> places_;  // with an index: the n of each item
  // The first settled_moves_ are sorted by n, the rest are not yet.
  std::vector<Move> moves_;
  size_t settled_moves_ = 0;
  uint64_t total_octets_ = 0;
  bool has_distinct_names_ = true;
  bool shares_names_ = false;
  // Reading moves a window, which callers do not see.
  mutable std::optional<IndexReader> index_;
  Folder index_folder_ = Folder::Cur;
  mutable bool damaged_ = false;
};

}  // namespace pop3d
