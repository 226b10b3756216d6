// SPDX-License-Identifier: ISC
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "lib/result.h"
#include "lib/text/byte_order.h"
#include "maildir-pop3d/index/reader.h"
#include "maildir-pop3d/mailbox/uidl_list.h"
#include "maildir-pop3d/maildir/filename.h"

// The messages of a session in its order, as a scan of the directories or
// their indexes tell them.
namespace pop3d {

enum class Folder : uint8_t { New, Cur };

// What identifies a file's content without reading it: a hash of its inode
// number, size and time of modification.
uint32_t fingerprint_of(uint64_t inode, uint64_t size, int64_t seconds,
                        int64_t nanoseconds);

// One file that a directory held, while it is being sorted and measured.
struct Sighting {
  uint64_t time = 0;  // as its name says
  uint64_t inode = 0;
  uint64_t octets = 0;
  uint32_t fingerprint = 0;
  uint32_t name = 0;  // where Names holds it
  bool measured = false;
};

// Folder and file name, packed into one block of memory.
class Names {
 public:
  // The block is addressed by 32 bits.
  static constexpr size_t kMost = UINT32_MAX - 4096;

  // name is at most 65,535 bytes long, as in every entry of a directory.
  uint32_t add(Folder folder, std::string_view name);
  [[nodiscard]] const char* name(uint32_t at) const {
    return block_.data() + at + kNameAt;
  }
  // The same with its length, and of that the unique part.
  [[nodiscard]] std::string_view view(uint32_t at) const {
    return {name(at), length(at + kLengthAt)};
  }
  [[nodiscard]] std::string_view unique(uint32_t at) const {
    return {name(at), length(at + kUniqueLengthAt)};
  }
  [[nodiscard]] Folder folder(uint32_t at) const {
    return (block_[at] & kCurBit) != 0 ? Folder::Cur : Folder::New;
  }
  // The file has a second link with the same unique name.
  void set_twin(uint32_t at) { block_[at] |= kTwinBit; }
  [[nodiscard]] bool has_twin(uint32_t at) const {
    return (block_[at] & kTwinBit) != 0;
  }
  // Another file has the same unique name, and is the one to be told by it.
  void set_younger(uint32_t at, bool is_younger) {
    block_[at] = static_cast<char>(is_younger ? block_[at] | kYoungerBit
                                              : block_[at] & ~kYoungerBit);
  }
  [[nodiscard]] bool is_younger(uint32_t at) const {
    return (block_[at] & kYoungerBit) != 0;
  }
  [[nodiscard]] bool full() const { return block_.size() > kMost; }
  void shrink() { block_.shrink_to_fit(); }

 private:
  static constexpr char kCurBit = 1;
  static constexpr char kTwinBit = 2;
  static constexpr char kYoungerBit = 4;
  // A byte of flags, two lengths of two bytes, the name, a NUL.
  static constexpr size_t kLengthAt = 1;
  static constexpr size_t kUniqueLengthAt = 3;
  static constexpr size_t kNameAt = 5;

  [[nodiscard]] uint16_t length(size_t at) const {
    return lib::load_little_endian<uint16_t>(block_, at);
  }

  std::vector<char> block_;
};

// What a reading of new/ and then cur/ saw.
class Sightings {
 public:
  void add(Folder folder, std::string_view name, uint64_t inode);

  // Sorts by time, then unique name, then inode; of several sightings of one
  // inode under one unique name that in cur/ remains.
  void settle();
  // Among the settled are several files of one unique name: all but the first
  // of each pass for younger.
  [[nodiscard]] bool shares_names() const { return shares_names_; }
  // Every settled file has a unique name, and a name, of its own.
  [[nodiscard]] bool is_plain() const { return !shares_names_ && !has_twins_; }
  // Drops what was not measured.
  void drop_unmeasured();

  [[nodiscard]] std::vector<Sighting>& files() { return files_; }
  [[nodiscard]] const std::vector<Sighting>& files() const { return files_; }
  [[nodiscard]] Names& names() { return names_; }
  [[nodiscard]] const Names& names() const { return names_; }
  [[nodiscard]] std::string_view unique(const Sighting& file) const {
    return names_.unique(file.name);
  }

 private:
  Names names_;
  std::vector<Sighting> files_;
  bool shares_names_ = false;
  bool has_twins_ = false;
};

// Where a message is and what it is; name (with a NUL behind it) is valid
// until the catalog is asked again.
struct Message {
  Folder folder = Folder::New;
  std::string_view name;
  uint64_t inode = 0;
  uint64_t octets = 0;
  uint32_t fingerprint = 0;
};

// Record n of an index; with an empty name where it cannot be read.
Message message_at(IndexReader& index, Folder folder, uint64_t n);

// The session's order.  Either everything is in memory; or the larger folder
// stays in its index file, which is read where it is asked for, and only the
// other is in memory, each message with its place in the common order.  Of an
// index nothing is believed but what its checksums confirm: from the first
// damaged page on damaged() is true, and all that message() says of indexed
// messages is empty.
class Catalog {
 public:
  Catalog() = default;
  explicit Catalog(Sightings&& measured);
  // nullopt where a unique name stands in both, so that a decision by the
  // files themselves is needed, or where the index is damaged.  Every unique
  // name stands only once in each of the two.
  static std::optional<Catalog> merge(IndexReader&& index, Folder folder,
                                      Sightings&& others);

  // Messages are counted from 0 here, from 1 on the wire.
  [[nodiscard]] size_t count() const {
    return items_.size() + static_cast<size_t>(indexed());
  }
  [[nodiscard]] uint64_t total_octets() const { return total_octets_; }
  [[nodiscard]] Message message(size_t n) const;
  // The same before anybody renamed it in this session: by these names the
  // messages are in order, and have their unique ids.
  [[nodiscard]] Message original(size_t n) const;
  // What message() tells of them, without a look at the name.
  [[nodiscard]] uint64_t octets(size_t n) const;
  // An index, or the list of unique ids, could not be used.
  [[nodiscard]] bool damaged() const {
    return damaged_ || (list_ != nullptr && list_->failed());
  }
  [[nodiscard]] bool index_damaged() const { return damaged_; }
  // Of which, for the log, where damaged().
  [[nodiscard]] lib::Error damage() const;
  // The first message from n on that is in new/; count() where there is none,
  // or an index proves to be damaged.
  [[nodiscard]] size_t next_in_new(size_t n) const;

  // As the list has it, if there is one; else the unique name where RFC 1939
  // allows it, the list gives it to no other name, and no older message has it;
  // else a hash, the same in each session.  Valid until the catalog is asked
  // again, or made changes, which holds an id that stands nowhere else.
  [[nodiscard]] std::string_view uidl(size_t n, Uidl& made) const;

  // The file was there under a second name, too.
  [[nodiscard]] bool has_twin(size_t n) const {
    return !index_ && names_.has_twin(items_[n].name);
  }
  // As Sightings have it; messages of an index always are.
  [[nodiscard]] bool is_plain() const { return is_plain_; }
  [[nodiscard]] bool shares_names() const { return shares_names_; }

  // Where another program renamed the file to.  Any number of messages, each
  // once, then settle_moves(): until then message() may tell the old name.
  void move(size_t n, Folder folder, std::string_view name);
  void settle_moves();

  // Another server's unique ids, borrowed.
  void use_list(UidlList& list) { list_ = &list; }
  [[nodiscard]] const UidlList* list() const { return list_; }

  // Gives back what memory is not needed while nobody asks.
  void rest() {
    if (index_) index_->rest();
    if (list_ != nullptr) list_->rest();
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

  [[nodiscard]] uint64_t indexed() const {
    return index_ ? index_->header().records : 0;
  }
  [[nodiscard]] std::string_view unique_in_memory(size_t n) const {
    return names_.unique(items_[n].name);
  }
  [[nodiscard]] const Move* find_move(size_t n) const;
  [[nodiscard]] Message in_memory(size_t item) const;
  bool place(const Sightings& others);

  Names names_;
  std::vector<Item> items_;
  std::vector<size_t> places_;  // of items_ in the session, where index_ is
  // So many by n, then those to be sorted in.
  std::vector<Move> moves_;
  size_t settled_moves_ = 0;
  uint64_t total_octets_ = 0;
  bool is_plain_ = true;
  bool shares_names_ = false;
  // Reading moves a window, which changes nothing that a caller sees.
  mutable std::optional<IndexReader> index_;
  Folder index_folder_ = Folder::Cur;
  mutable bool damaged_ = false;
  UidlList* list_ = nullptr;
};

}  // namespace pop3d
