// SPDX-License-Identifier: ISC
#include "maildir-pop3d/catalog.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "lib/md5.h"

namespace pop3d {
namespace {

// The finaliser of a 64-bit mixing hash: every input bit reaches all output.
uint64_t mix(uint64_t value) {
  value = (value ^ (value >> 32U)) * 0xd6e8feb86659fd93U;
  value = (value ^ (value >> 32U)) * 0xd6e8feb86659fd93U;
  return value ^ (value >> 32U);
}

}  // namespace

uint32_t fingerprint_of(uint64_t inode, uint64_t size, int64_t seconds,
                        int64_t nanoseconds) {
  const uint64_t hash =
      mix(inode + mix(size + mix(static_cast<uint64_t>(seconds) +
                                 mix(static_cast<uint64_t>(nanoseconds)))));
  return static_cast<uint32_t>(hash);
}

uint32_t Names::add(Folder folder, std::string_view name) {
  const size_t at = block_.size();
  block_.push_back(folder == Folder::Cur ? kCurBit : 0);
  block_.insert(block_.end(), name.begin(), name.end());
  block_.push_back('\0');
  return static_cast<uint32_t>(at);
}

void Sightings::add(Folder folder, std::string_view name, uint64_t inode,
                    uint32_t pass) {
  files_.push_back({.time = arrival_time(name),
                    .inode = inode,
                    .name = names_.add(folder, name),
                    .pass = pass});
}

void Sightings::settle() {
  const auto before = [this](const Sighting& a, const Sighting& b) {
    if (a.time != b.time) return a.time < b.time;
    if (const int order = unique(a).compare(unique(b)); order != 0)
      return order < 0;
    if (a.inode != b.inode) return a.inode < b.inode;
    // cur/ is read after new/, so that it knows better.
    const Folder in_a = names_.folder(a.name);
    const Folder in_b = names_.folder(b.name);
    return in_a != in_b ? in_a > in_b : a.pass > b.pass;
  };
  std::ranges::sort(files_, before);
  size_t kept = 0;
  for (const Sighting& file : files_) {
    const Sighting* const last = kept == 0 ? nullptr : &files_[kept - 1];
    if (last != nullptr && last->inode == file.inode &&
        last->time == file.time && unique(*last) == unique(file))
      names_.set_twin(last->name);
    else
      files_[kept++] = file;
  }
  files_.resize(kept);
}

void Sightings::settle_measured() {
  std::erase_if(files_, [](const Sighting& file) { return !file.measured; });
  const auto older = [](const Sighting& a, const Sighting& b) {
    return a.modified_ns != b.modified_ns ? a.modified_ns < b.modified_ns
                                          : a.inode < b.inode;
  };
  for (size_t begin = 0; begin < files_.size();) {
    size_t end = begin + 1;
    while (end < files_.size() && files_[begin].time == files_[end].time &&
           unique(files_[begin]) == unique(files_[end]))
      ++end;
    const auto first = files_.begin() + static_cast<ptrdiff_t>(begin);
    if (end - begin > 1)
      std::sort(first, first + static_cast<ptrdiff_t>(end - begin), older);
    begin = end;
  }
}

Catalog::Catalog(Sightings&& measured) : names_(std::move(measured.names())) {
  messages_.reserve(measured.files().size());
  for (const Sighting& file : measured.files()) {
    messages_.push_back({file.octets, file.fingerprint, file.name});
    total_octets_ += file.octets;
  }
  names_.shrink();
}

bool Catalog::is_ambiguous(size_t n) const {
  return (n > 0 && unique(n - 1) == unique(n)) ||
         (n + 1 < count() && unique(n + 1) == unique(n));
}

Uidl Catalog::uidl(size_t n) const {
  const std::string_view own = unique(n);
  size_t ordinal = 0;
  while (ordinal < n && unique(n - ordinal - 1) == own) ++ordinal;
  Uidl uidl;
  if (ordinal == 0 && valid_uidl(own)) {
    uidl << own;
    return uidl;
  }
  lib::FixedText<20> suffix;
  if (ordinal != 0) suffix.number(ordinal);
  // A slash stands in no file name, so that no other message hashes alike.
  const std::array<std::string_view, 3> parts{own, "/", suffix.view()};
  const lib::Md5Hex hex = lib::to_hex(lib::md5(parts));
  uidl << std::string_view(hex.data(), hex.size());
  return uidl;
}

void Catalog::move(size_t n, Folder folder, std::string_view name) {
  if (names_.full()) return;
  const bool twin = has_twin(n);
  messages_[n].name = names_.add(folder, name);
  if (twin) names_.set_twin(messages_[n].name);
}

}  // namespace pop3d
