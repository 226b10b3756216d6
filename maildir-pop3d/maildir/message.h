// SPDX-License-Identifier: ISC
#pragma once

#include <sys/stat.h>

#include <array>
#include <cstdint>
#include <string_view>

#include "lib/text/fixed_text.h"

// One message of a Maildir: where its file is, and how to tell the file again.
namespace pop3d {

enum class Folder : uint8_t { New, Cur };
constexpr auto kFolders = std::to_array<Folder>({Folder::New, Folder::Cur});

constexpr Folder other(Folder folder) {
  return folder == Folder::New ? Folder::Cur : Folder::New;
}
const char* name_of(Folder folder);  // new, cur

struct Message {
  Folder folder = Folder::New;
  std::string_view name;  // a NUL follows it; its owner says how long it lives
  uint64_t inode = 0;
  uint64_t octets = 0;       // as RETR sends it
  uint32_t fingerprint = 0;  // of the file when octets were counted

  bool operator==(const Message&) const = default;
};

// cur/NAME, for the log.
lib::FixedText<300> path_of(const Message& message);

// Identifies a file's content without reading it: a hash of its inode number,
// size and mtime.
uint32_t fingerprint_of(uint64_t inode, uint64_t size, int64_t seconds,
                        int64_t nanoseconds);
uint32_t fingerprint_of(const struct stat& file);

// True if a file that has the message's name is its file.  It still is if its
// content has changed, or if its directory lists another inode number than
// stat(2) returns.  Another file that was renamed onto the name is not.
inline bool is_file_of(const Message& message, uint64_t inode,
                       uint32_t fingerprint) {
  return fingerprint == message.fingerprint || inode == message.inode;
}

}  // namespace pop3d
