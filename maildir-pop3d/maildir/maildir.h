// SPDX-License-Identifier: ISC
#pragma once

#include <sys/stat.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "lib/io/unique_fd.h"
#include "lib/result.h"
#include "lib/text/fixed_text.h"
#include "maildir-pop3d/index/catalog.h"
#include "maildir-pop3d/maildir/pages.h"

namespace pop3d {

// A message opened for reading, and how it looked then.
struct OpenMessage {
  lib::UniqueFd fd;
  uint64_t inode = 0;
  uint64_t size = 0;
  uint32_t fingerprint = 0;
};

const char* name_of(Folder folder);  // new, cur
// cur/NAME, for the log.
lib::FixedText<300> path_of(const Message& message);
uint32_t fingerprint_of(const struct stat& file);

// Neither a change of its content nor a directory that tells other numbers
// makes a file another one; a file that was renamed onto its name does.
inline bool is_file_of(const Message& message, uint64_t inode,
                       uint32_t fingerprint) {
  return fingerprint == message.fingerprint || inode == message.inode;
}
// Nanoseconds since the epoch.
int64_t modified_ns(const struct stat& file);

// As rename(2), but never onto an existing file: EEXIST.
bool rename_no_replace(int from, const char* name, int to,
                       const char* new_name);

// What the message holds from the offset at (less than its size) on: to its
// end, or as much as into takes, however little each read gives.  A file that
// has become shorter than its size is an error (code 0).
lib::Result<std::string_view> read_chunk(const OpenMessage& message,
                                         uint64_t at, std::span<char> into);

// The open directories of one Maildir.  Everything below goes through their
// descriptors by *at calls, so that no path is ever looked up twice.
class Maildir {
 public:
  // new/ or cur/ may be missing and count as empty; with neither this is no
  // Maildir: ENOTDIR.
  static lib::Result<Maildir> open(const char* path);

  [[nodiscard]] int root() const { return root_.get(); }
  // -1 where the directory is missing.
  [[nodiscard]] int folder(Folder folder) const {
    return folders_[static_cast<size_t>(folder)].get();
  }
  [[nodiscard]] int tmp() const { return tmp_.get(); }

  // One process at a time; EWOULDBLOCK where another has it.  Ends with the
  // process at the latest.
  [[nodiscard]] lib::Status lock();
  void unlock();  // nothing without a lock

  // Regular files only: no symlink is followed, no FIFO waited for.  Code 0
  // where it is something else.
  [[nodiscard]] lib::Result<OpenMessage> open_file(Folder folder,
                                                   const char* name) const;

  // Opening a file of this kind, owner and mode would not be refused.  False
  // says nothing: a group or an access list may allow it.
  [[nodiscard]] bool is_readable_by_owner(const struct stat& file) const {
    return file.st_uid == user_ && (file.st_mode & S_IRUSR) != 0;
  }

  // Memory to read directories and files into.
  [[nodiscard]] Pages& buffer() { return buffer_; }

 private:
  Maildir() : buffer_(64UL * 1024) {}

  lib::UniqueFd root_;
  std::array<lib::UniqueFd, 2> folders_;
  lib::UniqueFd tmp_;
  uid_t user_ = 0;
  bool locked_ = false;
  Pages buffer_;
};

}  // namespace pop3d
