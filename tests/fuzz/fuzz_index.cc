// SPDX-License-Identifier: ISC
// Any file as an index, first unchanged, then with right checksums in its
// pages: the reader stays within it, ends, and yields no name that leads out of
// the directory.
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <utility>
#include <vector>

#include "maildir-pop3d/index/reader.h"

namespace {

void check(std::span<const char> bytes) {
  lib::UniqueFd file(memfd_create("index", MFD_CLOEXEC));
  if (write(file.get(), bytes.data(), bytes.size()) !=
      static_cast<ssize_t>(bytes.size()))
    abort();
  pop3d::IndexPage scratch;
  auto reader = pop3d::IndexReader::open(std::move(file), scratch);
  if (!reader) return;
  const uint64_t records = reader->header().records;
  for (uint64_t i = 0; i < std::min<uint64_t>(records + 1, 500); ++i) {
    // In order, and in leaps.
    for (const uint64_t n : {i, records - i, i * 977 % (records + 1)}) {
      const auto record = reader->record(n);
      const auto octets = reader->octets(n);
      if (record.name.empty()) continue;
      if (octets != record.octets) abort();
      if (n >= records || !pop3d::index_name_is_sound(record.name)) abort();
    }
    if (i % 100 == 99) reader->release_memory();
  }
}

void seal(std::span<char> bytes) {
  uint64_t generation = 0;
  for (size_t at = 0; at + pop3d::kIndexPage <= bytes.size();
       at += pop3d::kIndexPage) {
    const std::span<char, pop3d::kIndexPage> page(bytes.data() + at,
                                                  pop3d::kIndexPage);
    pop3d::seal_index_page(page, at == 0 ? 0 : generation);
    const auto header = pop3d::decode_index_header(page, bytes.size());
    if (at == 0 && header) generation = header->generation;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size > 64 * pop3d::kIndexPage) return 0;
  std::vector<char> bytes(data, data + size);
  check(bytes);
  seal(bytes);
  check(bytes);
  return 0;
}
