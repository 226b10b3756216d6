// SPDX-License-Identifier: ISC
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "lib/text/byte_order.h"
#include "maildir-pop3d/maildir/message.h"

// The files that a reading of the directories found, while they are sorted and
// their octets are counted (pure).
namespace pop3d {

struct ScannedFile {
  uint64_t time = 0;  // delivery time, from the name
  uint64_t inode = 0;
  uint64_t octets = 0;
  uint32_t fingerprint = 0;
  uint32_t name = 0;      // its place in a NameArena
  bool measured = false;  // octets and fingerprint are set
};

// Folders and file names, packed into one block of memory.
class NameArena {
 public:
  // Returns the name's place.  The name has at most 65,535 bytes; the kernel
  // returns none that is longer.
  uint32_t add(Folder folder, std::string_view name);
  // Names and views are valid until the next add().
  [[nodiscard]] const char* name(uint32_t at) const {
    return block_.data() + at + kNameAt;
  }
  [[nodiscard]] std::string_view view(uint32_t at) const {
    return {name(at), length(at + kLengthAt)};
  }
  // The unique part of the name.
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
  // An older file has the same unique name, and therefore the unique id.
  void set_younger(uint32_t at, bool is_younger) {
    block_[at] = static_cast<char>(is_younger ? block_[at] | kYoungerBit
                                              : block_[at] & ~kYoungerBit);
  }
  [[nodiscard]] bool is_younger(uint32_t at) const {
    return (block_[at] & kYoungerBit) != 0;
  }
  // True if add() must not be called again: places are numbers of 32 bits.
  [[nodiscard]] bool full() const { return block_.size() > kMost; }
  void shrink() { block_.shrink_to_fit(); }

 private:
  static constexpr size_t kMost = UINT32_MAX - 4096;
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

class ScannedFiles {
 public:
  void add(Folder folder, std::string_view name, uint64_t inode);
  // The same with what is known of the message.
  void add(const Message& measured);

  // Sorts by time, then unique name, then inode: the session's order.  If a
  // file has several names with one unique part, one is kept, in cur/ if it has
  // one there, and marked as having a twin.  If several files have one unique
  // name, all but the first are marked as younger.
  void sort_unique();
  // After sort_unique(): several files have one unique name.
  [[nodiscard]] bool shares_names() const { return shares_names_; }
  // After sort_unique(): each file has one name, and a unique name of its own.
  [[nodiscard]] bool has_distinct_names() const {
    return !shares_names_ && !has_twins_;
  }
  // Leaves out the files whose octets are not known.
  void drop_unmeasured();

  [[nodiscard]] std::vector<ScannedFile>& files() { return files_; }
  [[nodiscard]] const std::vector<ScannedFile>& files() const { return files_; }
  [[nodiscard]] NameArena& names() { return names_; }
  [[nodiscard]] const NameArena& names() const { return names_; }
  [[nodiscard]] std::string_view unique(const ScannedFile& file) const {
    return names_.unique(file.name);
  }
  [[nodiscard]] Message message(const ScannedFile& file) const {
    return {names_.folder(file.name), names_.view(file.name), file.inode,
            file.octets, file.fingerprint};
  }

 private:
  NameArena names_;
  std::vector<ScannedFile> files_;
  bool shares_names_ = false;
  bool has_twins_ = false;
};

// Compares in the session's order: below 0 if the file comes before a message
// of this name, 0 if they have the same unique name.
int compare_to_name(const ScannedFiles& files, const ScannedFile& file,
                    std::string_view name);

}  // namespace pop3d
