// SPDX-License-Identifier: ISC
#include "maildir-pop3d/index/catalog.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <span>

#include "lib/crypto/md5.h"
#include "lib/text/byte_search.h"
#include "lib/text/copy.h"
#include "maildir-pop3d/index/match.h"
#include "maildir-pop3d/index/refresh.h"

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
  block_.resize(at + kNameAt + name.size() + 1);
  block_[at] = folder == Folder::Cur ? kCurBit : 0;
  lib::store_little_endian(block_, at + kLengthAt,
                           static_cast<uint16_t>(name.size()));
  lib::store_little_endian(block_, at + kUniqueLengthAt,
                           static_cast<uint16_t>(unique_part(name).size()));
  lib::copy_short(block_.data() + at + kNameAt, name.data(), name.size());
  return static_cast<uint32_t>(at);
}

void Sightings::add(Folder folder, std::string_view name, uint64_t inode) {
  files_.push_back({.time = arrival_time(name),
                    .inode = inode,
                    .name = names_.add(folder, name)});
}

void Sightings::settle() {
  const auto before = [this](const Sighting& a, const Sighting& b) {
    if (a.time != b.time) return a.time < b.time;
    if (const int order = lib::compare_bytes(unique(a), unique(b)); order != 0)
      return order < 0;
    if (a.inode != b.inode) return a.inode < b.inode;
    return names_.folder(a.name) > names_.folder(b.name);
  };
  std::ranges::sort(files_, before);
  size_t kept = 0;
  for (const Sighting& file : files_) {
    const Sighting* const last = kept == 0 ? nullptr : &files_[kept - 1];
    if (last != nullptr && last->time == file.time &&
        lib::are_equal(unique(*last), unique(file))) {
      if (last->inode == file.inode) {
        names_.set_twin(last->name);
        has_twins_ = true;
        continue;
      }
      names_.set_younger(file.name, true);
      shares_names_ = true;
    }
    files_[kept++] = file;
  }
  files_.resize(kept);
}

void Sightings::drop_unmeasured() {
  std::erase_if(files_, [](const Sighting& file) { return !file.measured; });
}

Message message_at(IndexReader& index, Folder folder, uint64_t n) {
  const auto record = index.record(n);
  if (!record) return {.name = ""};
  return {folder, record->name, record->inode, record->octets,
          record->fingerprint};
}

Catalog::Catalog(Sightings&& measured)
    : names_(std::move(measured.names())),
      is_plain_(measured.is_plain()),
      shares_names_(measured.shares_names()) {
  items_.reserve(measured.files().size());
  for (const Sighting& file : measured.files()) {
    items_.push_back({file.octets, file.inode, file.fingerprint, file.name});
    total_octets_ += file.octets;
  }
  names_.shrink();
}

std::optional<Catalog> Catalog::merge(IndexReader&& index, Folder folder,
                                      Sightings&& others) {
  Catalog catalog;
  catalog.index_.emplace(std::move(index));
  catalog.index_folder_ = folder;
  if (!catalog.place(others)) return std::nullopt;
  Catalog in_memory(std::move(others));
  catalog.names_ = std::move(in_memory.names_);
  catalog.items_ = std::move(in_memory.items_);
  catalog.total_octets_ =
      in_memory.total_octets_ + catalog.index_->header().octets;
  return catalog;
}

// Finds each other's place among the indexed, which are in the same order.
bool Catalog::place(const Sightings& others) {
  const uint64_t records = indexed();
  const bool few = are_few(others.files().size(), records);
  const auto at = [this](uint64_t n) {
    return message_at(*index_, index_folder_, n);
  };
  places_.reserve(others.files().size());
  uint64_t n = 0;  // all indexed before it come before the next other
  for (const Sighting& other : others.files()) {
    if (few) {
      const auto found = find_place(others, other, n, records, at);
      if (!found) return false;
      n = *found;
    }
    for (; n < records; ++n) {
      const Message known = at(n);
      if (known.name.empty()) return false;
      const int order = compare(others, other, known.name);
      if (order == 0) return false;
      if (order < 0) break;
    }
    places_.push_back(static_cast<size_t>(n) + places_.size());
  }
  return true;
}

Message Catalog::in_memory(size_t item) const {
  const Item& it = items_[item];
  return {names_.folder(it.name), names_.view(it.name), it.inode, it.octets,
          it.fingerprint};
}

const Catalog::Move* Catalog::find_move(size_t n) const {
  if (settled_moves_ == 0) return nullptr;
  const std::span settled = std::span(moves_).first(settled_moves_);
  const auto move = std::ranges::lower_bound(settled, n, {}, &Move::n);
  return move != settled.end() && move->n == n ? &*move : nullptr;
}

Message Catalog::original(size_t n) const {
  if (!index_) return in_memory(n);
  const auto place = std::ranges::lower_bound(places_, n);
  const auto before = static_cast<size_t>(place - places_.begin());
  if (place != places_.end() && *place == n) return in_memory(before);
  if (damaged_) return {.name = ""};
  const Message message = message_at(*index_, index_folder_, n - before);
  damaged_ = message.name.empty();
  return message;
}

Message Catalog::message(size_t n) const {
  Message message = original(n);
  const Move* const move = damaged_ ? nullptr : find_move(n);
  if (move != nullptr) {
    message.folder = names_.folder(move->name);
    message.name = names_.view(move->name);
  }
  return message;
}

uint64_t Catalog::octets(size_t n) const {
  const auto place = std::ranges::lower_bound(places_, n);
  const auto before = static_cast<size_t>(place - places_.begin());
  if (!index_) return items_[n].octets;
  if (place != places_.end() && *place == n) return items_[before].octets;
  const auto octets = damaged_ ? std::nullopt : index_->octets(n - before);
  damaged_ = !octets;
  return octets.value_or(0);
}

size_t Catalog::next_in_new(size_t n) const {
  // What moved there meanwhile is another program's business.
  if (index_ && index_folder_ == Folder::Cur) {
    const auto place = std::ranges::lower_bound(places_, n);
    return place == places_.end() ? count() : *place;
  }
  while (n < count() && message(n).folder != Folder::New) ++n;
  return damaged_ ? count() : n;
}

std::string_view Catalog::uidl(size_t n, Uidl& made) const {
  const Message message = original(n);
  const std::string_view own =
      index_ ? unique_part(message.name) : names_.unique(items_[n].name);
  const bool is_younger = !index_ && names_.is_younger(items_[n].name);
  const auto listed =
      !is_younger && list_ != nullptr ? list_->find(own) : std::nullopt;
  if (listed) {
    made = *listed;
    return made.view();
  }
  const bool is_taken = list_ != nullptr && list_->hands_out(own);
  if (!is_younger && !is_taken && valid_uidl(own)) return own;
  lib::FixedText<20> suffix;
  if (is_younger) suffix.number(message.inode);
  // A slash stands in no file name, so that no other message hashes alike.
  const std::array<std::string_view, 3> parts{own, "/", suffix.view()};
  const lib::Md5Hex hex = lib::to_hex(lib::md5(parts));
  // Nor does a colon in a unique name, so that none is the same as the hash.
  made.clear();
  made << std::string_view(hex.data(), hex.size()) << ':';
  return made.view();
}

lib::Error Catalog::damage() const {
  if (index_damaged() || list_ == nullptr)
    return {"read the index of the mailbox", EIO, index_name(index_folder_)};
  return list_->error();
}

void Catalog::move(size_t n, Folder folder, std::string_view name) {
  if (names_.full()) return;
  const uint32_t added = names_.add(folder, name);
  if (const Move* const known = find_move(n))
    moves_[static_cast<size_t>(known - moves_.data())].name = added;
  else
    moves_.push_back({n, added});
}

// All at once: one by one they would be shifted as often as there are others.
void Catalog::settle_moves() {
  if (settled_moves_ == moves_.size()) return;
  std::ranges::sort(moves_, {}, &Move::n);
  settled_moves_ = moves_.size();
}

}  // namespace pop3d
