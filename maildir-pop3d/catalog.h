// SPDX-License-Identifier: ISC
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "lib/fixed_text.h"
#include "maildir-pop3d/filename.h"

// The messages of a session in its order, as a scan of the directories found
// them (pure).  Made to be small while a session is idle: 16 bytes and the
// name for each message.
namespace pop3d {

enum class Folder : uint8_t { New, Cur };

using Uidl = lib::FixedText<kLongestUidl>;

// What identifies a file's content without reading it: a hash of its inode
// number, size and time of modification.
uint32_t fingerprint_of(uint64_t inode, uint64_t size, int64_t seconds,
                        int64_t nanoseconds);

// One file that a directory held, while it is being sorted and measured.
struct Sighting {
  uint64_t time = 0;  // as its name says
  uint64_t inode = 0;
  uint64_t octets = 0;
  int64_t modified_ns = 0;
  uint32_t fingerprint = 0;
  uint32_t name = 0;  // where Names holds it
  uint32_t pass = 0;  // the reading of the directory that saw it last
  bool measured = false;
};

// Folder and file name, packed into one block of memory.
class Names {
 public:
  // The block is addressed by 32 bits.
  static constexpr size_t kMost = UINT32_MAX - 4096;

  uint32_t add(Folder folder, std::string_view name);
  [[nodiscard]] const char* name(uint32_t at) const {
    return block_.data() + at + 1;
  }
  [[nodiscard]] Folder folder(uint32_t at) const {
    return (block_[at] & kCurBit) != 0 ? Folder::Cur : Folder::New;
  }
  // The file has a second link with the same unique name.
  void set_twin(uint32_t at) { block_[at] |= kTwinBit; }
  [[nodiscard]] bool has_twin(uint32_t at) const {
    return (block_[at] & kTwinBit) != 0;
  }
  [[nodiscard]] bool full() const { return block_.size() > kMost; }
  void shrink() { block_.shrink_to_fit(); }

 private:
  static constexpr char kCurBit = 1;
  static constexpr char kTwinBit = 2;

  std::vector<char> block_;
};

// What one or several readings of both directories saw.
class Sightings {
 public:
  void add(Folder folder, std::string_view name, uint64_t inode, uint32_t pass);

  // Sorts by time, then unique name; of several sightings of one inode under
  // one unique name the latest remains, in cur/ rather than in new/.
  void settle();
  // After measuring: drops what was not measured, and among different files
  // of one unique name puts the oldest first.
  void settle_measured();

  [[nodiscard]] std::vector<Sighting>& files() { return files_; }
  [[nodiscard]] const std::vector<Sighting>& files() const { return files_; }
  [[nodiscard]] Names& names() { return names_; }
  [[nodiscard]] const Names& names() const { return names_; }
  [[nodiscard]] std::string_view unique(const Sighting& file) const {
    return unique_part(names_.name(file.name));
  }

 private:
  Names names_;
  std::vector<Sighting> files_;
};

class Catalog {
 public:
  Catalog() = default;
  explicit Catalog(Sightings&& measured);

  // Messages are counted from 0 here, from 1 on the wire.
  [[nodiscard]] size_t count() const { return messages_.size(); }
  [[nodiscard]] uint64_t total_octets() const { return total_octets_; }
  [[nodiscard]] uint64_t octets(size_t n) const { return messages_[n].octets; }
  [[nodiscard]] uint32_t fingerprint(size_t n) const {
    return messages_[n].fingerprint;
  }
  [[nodiscard]] Folder folder(size_t n) const {
    return names_.folder(messages_[n].name);
  }
  [[nodiscard]] const char* name(size_t n) const {
    return names_.name(messages_[n].name);
  }
  [[nodiscard]] std::string_view unique(size_t n) const {
    return unique_part(name(n));
  }
  // The unique name where RFC 1939 allows it and no other message has it, or
  // this is the oldest that has; a hash otherwise, the same in each session.
  [[nodiscard]] Uidl uidl(size_t n) const;
  // Other messages have the same unique name.
  [[nodiscard]] bool is_ambiguous(size_t n) const;

  // The file was there under a second name, too.
  [[nodiscard]] bool has_twin(size_t n) const {
    return names_.has_twin(messages_[n].name);
  }

  // Where another program renamed the file to; the unique name is the same.
  void move(size_t n, Folder folder, std::string_view name);

 private:
  struct Message {
    uint64_t octets;
    uint32_t fingerprint;
    uint32_t name;
  };

  Names names_;
  std::vector<Message> messages_;
  uint64_t total_octets_ = 0;
};

}  // namespace pop3d
