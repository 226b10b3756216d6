// SPDX-License-Identifier: ISC
#include "maildir-pop3d/maildir/message.h"

namespace pop3d {
namespace {

// The finaliser of a 64-bit hash: every input bit reaches all output bits.
uint64_t scramble(uint64_t value) {
  value = (value ^ (value >> 32U)) * 0xd6e8feb86659fd93U;
  value = (value ^ (value >> 32U)) * 0xd6e8feb86659fd93U;
  return value ^ (value >> 32U);
}

}  // namespace

const char* name_of(Folder folder) {
  return folder == Folder::New ? "new" : "cur";
}

lib::FixedText<300> path_of(const Message& message) {
  lib::FixedText<300> path;
  path << name_of(message.folder) << '/' << message.name;
  return path;
}

uint32_t fingerprint_of(uint64_t inode, uint64_t size, int64_t seconds,
                        int64_t nanoseconds) {
  uint64_t hash = scramble(static_cast<uint64_t>(nanoseconds));
  hash = scramble(static_cast<uint64_t>(seconds) + hash);
  hash = scramble(size + hash);
  return static_cast<uint32_t>(scramble(inode + hash));
}

uint32_t fingerprint_of(const struct stat& file) {
  return fingerprint_of(file.st_ino, static_cast<uint64_t>(file.st_size),
                        file.st_mtim.tv_sec, file.st_mtim.tv_nsec);
}

}  // namespace pop3d
