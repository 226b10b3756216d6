// SPDX-License-Identifier: ISC
#include "maildir-pop3d/maildir/scanned_files.h"

#include <algorithm>

#include "lib/text/byte_search.h"
#include "lib/text/copy.h"
#include "maildir-pop3d/maildir/filename.h"

namespace pop3d {

uint32_t NameArena::add(Folder folder, std::string_view name) {
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

void ScannedFiles::add(Folder folder, std::string_view name, uint64_t inode) {
  files_.push_back({.time = arrival_time(name),
                    .inode = inode,
                    .name = names_.add(folder, name)});
}

void ScannedFiles::add(const Message& measured) {
  add(measured.folder, measured.name, measured.inode);
  files_.back().octets = measured.octets;
  files_.back().fingerprint = measured.fingerprint;
  files_.back().measured = true;
}

void ScannedFiles::sort_unique() {
  const auto before = [this](const ScannedFile& a, const ScannedFile& b) {
    if (a.time != b.time) return a.time < b.time;
    if (const int order = lib::compare_bytes(unique(a), unique(b)); order != 0)
      return order < 0;
    if (a.inode != b.inode) return a.inode < b.inode;
    return names_.folder(a.name) > names_.folder(b.name);
  };
  std::ranges::sort(files_, before);
  size_t kept = 0;
  for (const ScannedFile& file : files_) {
    const ScannedFile* const last = kept == 0 ? nullptr : &files_[kept - 1];
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

void ScannedFiles::drop_unmeasured() {
  std::erase_if(files_, [](const ScannedFile& file) { return !file.measured; });
}

int compare_to_name(const ScannedFiles& files, const ScannedFile& file,
                    std::string_view name) {
  const std::string_view own = files.unique(file);
  const std::string_view unique = unique_part(name);
  if (lib::are_equal(own, unique)) return 0;
  const uint64_t time = arrival_time(name);
  if (file.time != time) return file.time < time ? -1 : 1;
  return lib::compare_bytes(own, unique);
}

}  // namespace pop3d
