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
#include "maildir-pop3d/maildir/mapped_buffer.h"
#include "maildir-pop3d/maildir/message.h"

// This folder reads and changes a Maildir, whatever other programs do in it.
// All the rest of maildir-pop3d but wire/ may call it.
// It may call wire/, to count a message's octets.
namespace pop3d {

// A message opened for reading, as it was at that moment.
struct OpenMessage {
  lib::UniqueFd fd;
  uint64_t inode = 0;
  uint64_t size = 0;
  uint32_t fingerprint = 0;
};

// As rename(2), but fails with EEXIST instead of replacing a file.
bool rename_no_replace(int from, const char* name, int to,
                       const char* new_name);

// Creates a file without a name, for reading and writing.  If that fails, as on
// network file systems, creates maildir-pop3d.PURPOSE.PID and removes its name
// at once.  Sets errno if the file is not valid.
lib::UniqueFd create_unnamed_file(int directory, std::string_view purpose);

// Reads from the offset at, which is less than the message's size, to its end,
// or as much as fits into the buffer.  An error (code 0) if the file has become
// shorter than its size.
lib::Result<std::string_view> read_chunk(const OpenMessage& message,
                                         uint64_t at, std::span<char> into);

// The open directories of one Maildir.  Everything goes through their
// descriptors by *at calls, so that no path is looked up twice.
class Maildir {
 public:
  // new/ or cur/ may be missing and counts as empty.  Without both it is not a
  // Maildir: ENOTDIR.
  static lib::Result<Maildir> open(const char* path);

  [[nodiscard]] int root() const { return root_.get(); }
  // -1 if the directory is missing.
  [[nodiscard]] int folder(Folder folder) const {
    return folders_[static_cast<size_t>(folder)].get();
  }
  [[nodiscard]] int tmp() const { return tmp_.get(); }

  // Keeps out other processes that lock; EWOULDBLOCK if one of them has the
  // lock.  The end of the process unlocks at the latest.
  [[nodiscard]] lib::Status lock();
  void unlock();  // does nothing without a lock

  // Follows no symlink and waits for no FIFO.  Code 0 if it is not a regular
  // file.
  [[nodiscard]] lib::Result<OpenMessage> open_file(Folder folder,
                                                   const char* name) const;

  // lstat(2) of the file.  False on an error (errno).
  [[nodiscard]] bool look_at(Folder folder, const char* name,
                             struct stat& file) const;

  // True if the user may open a file of this owner and mode.  False does not
  // mean that he may not: a group or an access list may allow it.
  [[nodiscard]] bool is_readable_by_owner(const struct stat& file) const {
    return file.st_uid == user_ && (file.st_mode & S_IRUSR) != 0;
  }

  // Memory to read directories and files into.
  [[nodiscard]] MappedBuffer& buffer() { return buffer_; }

 private:
  Maildir() : buffer_(64UL * 1024) {}

  lib::UniqueFd root_;
  std::array<lib::UniqueFd, 2> folders_;
  lib::UniqueFd tmp_;
  uid_t user_ = 0;
  bool locked_ = false;
  MappedBuffer buffer_;
};

}  // namespace pop3d
