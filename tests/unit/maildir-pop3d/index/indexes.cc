// SPDX-License-Identifier: ISC
#include <fcntl.h>
#include <unistd.h>

#include <string>
#include <utility>
#include <vector>

#include "lib/io/unique_fd.h"
#include "maildir-pop3d/index/catalog.h"
#include "maildir-pop3d/index/match.h"
#include "maildir-pop3d/index/reader.h"
#include "maildir-pop3d/index/writer.h"
#include "maildir-pop3d/mailbox/uidl.h"
#include "tests/unit/temporary_directory.h"
#include "tests/unit/unit.h"

using namespace pop3d;  // NOLINT: one module under test

namespace {

constexpr const char* kName = "index";

class Scratch {
 public:
  Scratch() {
    root_.reset(
        open(directory_.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    tmp_.reset(openat(root_.get(), "tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  }
  [[nodiscard]] int root() const { return root_.get(); }
  [[nodiscard]] int tmp() const { return tmp_.get(); }

 private:
  unit::TemporaryDirectory directory_{{"tmp"}};
  lib::UniqueFd root_;
  lib::UniqueFd tmp_;
};

std::string name_of(size_t i) {
  // Some are long, so that pages hold different numbers of them.
  return std::to_string(1000000 + i) + ".m" + std::string(i % 97 * 2, 'x');
}

// A scan that finds the messages first, first + step, ... below end.
ScannedFiles scanned(Folder folder, size_t first, size_t end, size_t step) {
  ScannedFiles seen;
  for (size_t i = first; i < end; i += step) {
    seen.add(folder, name_of(i), i + 1);
    seen.files().back().octets = i * 3;
    seen.files().back().fingerprint = static_cast<uint32_t>(i);
    seen.files().back().measured = true;
  }
  return seen;
}

std::optional<IndexReader> open_index(const Scratch& scratch) {
  IndexPage header;
  return IndexReader::open(scratch.root(), kName, header);
}

bool write(const Scratch& scratch, const ScannedFiles& seen) {
  IndexWriter writer(scratch.root(), scratch.tmp());
  for (const ScannedFile& file : seen.files())
    writer.add({.name = seen.names().name(file.name),
                .inode = file.inode,
                .octets = file.octets,
                .fingerprint = file.fingerprint});
  return writer.commit(kName, {.inode = 1, .mtime = 2, .ctime = 3}, true);
}

bool same(const Message& a, const Message& b) {
  return a.folder == b.folder && a.name == b.name && a.inode == b.inode &&
         a.octets == b.octets && a.fingerprint == b.fingerprint;
}

// An index and new messages together have the numbers, names and totals of one
// catalog in memory.
void check_merge(size_t count, size_t first, size_t step) {
  const Scratch scratch;
  ScannedFiles indexed;
  ScannedFiles others;
  ScannedFiles all;
  for (size_t i = 0; i < count; ++i) {
    const bool is_other = i >= first && (i - first) % step == 0;
    const Folder folder = is_other ? Folder::New : Folder::Cur;
    for (ScannedFiles* into : {is_other ? &others : &indexed, &all}) {
      ScannedFiles one = scanned(folder, i, i + 1, 1);
      into->add(folder, name_of(i), i + 1);
      ScannedFile& file = into->files().back();
      const uint32_t name = file.name;
      file = one.files()[0];
      file.name = name;
    }
  }
  CHECK(write(scratch, indexed));
  auto reader = open_index(scratch);
  CHECK(reader.has_value());
  if (!reader) return;
  const Catalog wanted(std::move(all));
  auto merged =
      Catalog::merge(std::move(*reader), Folder::Cur, std::move(others));
  CHECK(merged.has_value());
  if (!merged) return;
  CHECK_EQUAL(merged->count(), wanted.count());
  CHECK_EQUAL(merged->total_octets(), wanted.total_octets());
  size_t in_new = 0;
  for (size_t n = 0; n < count; ++n) {
    CHECK(same(merged->message(n), wanted.message(n)));
    CHECK_EQUAL(merged->octets(n), wanted.octets(n));
    CHECK_EQUAL(merged->next_in_new(n), wanted.next_in_new(n));
    in_new += wanted.message(n).folder == Folder::New;
  }
  for (size_t n = 0; n < count; n += 37) {
    const size_t at = n * 7919 % count;
    CHECK(same(merged->message(at), wanted.message(at)));
    pop3d::Uidl made;
    pop3d::Uidl also_made;
    CHECK_EQUAL(uidl_of(*merged, nullptr, at, made),
                uidl_of(wanted, nullptr, at, also_made));
  }
  CHECK(!merged->damaged());
}

}  // namespace

TEST(an_index_gives_back_what_was_written) {
  const Scratch scratch;
  constexpr size_t kCount = 5000;
  const ScannedFiles seen = scanned(Folder::Cur, 0, kCount, 1);
  CHECK(write(scratch, seen));
  auto reader = open_index(scratch);
  CHECK(reader.has_value());
  if (!reader) return;
  CHECK_EQUAL(reader->header().records, kCount);
  CHECK_EQUAL(reader->header().octets, kCount * (kCount - 1) / 2 * 3);
  CHECK(reader->header().settled);
  const auto check = [&](size_t n) {
    const auto record = reader->record(n);
    CHECK(record.name == name_of(n) && record.inode == n + 1 &&
          record.octets == n * 3);
  };
  for (size_t n = 0; n < kCount; ++n) check(n);
  for (size_t n = kCount; n-- > 0;) check(n);
  reader->release_memory();
  for (size_t n = 0; n < kCount; ++n) check(n * 2741 % kCount);
  CHECK_EQUAL(reader->record(kCount).name, "");
}

TEST(an_empty_directory_has_an_index_too) {
  const Scratch scratch;
  CHECK(write(scratch, {}));
  auto reader = open_index(scratch);
  CHECK(reader.has_value());
  CHECK_EQUAL(reader->header().records, 0U);
  CHECK_EQUAL(reader->record(0).name, "");
}

TEST(an_index_is_not_in_place_until_it_is_complete) {
  const Scratch scratch;
  {
    IndexWriter writer(scratch.root(), scratch.tmp());
    CHECK(writer.ok());
    writer.add({.name = "1.a"});
  }
  CHECK(!open_index(scratch));
  // The destructor of scratch needs tmp/ to be empty.
  CHECK(!IndexWriter(scratch.root(), -1).ok());
}

TEST(an_overlong_name_leaves_the_old_index) {
  const Scratch scratch;
  CHECK(write(scratch, scanned(Folder::Cur, 0, 3, 1)));
  ScannedFiles seen = scanned(Folder::Cur, 0, 1, 1);
  seen.add(Folder::Cur, std::string(256, 'n'), 7);
  CHECK(!write(scratch, seen));
  const auto index = open_index(scratch);
  CHECK(index && index->header().records == 3);
}

TEST(merging_is_the_same_as_sorting_together) {
  check_merge(2000, 0, 2);        // side by side
  check_merge(3000, 2999, 1);     // one at the end
  check_merge(3000, 0, 5000);     // one at the start
  check_merge(3000, 1500, 5000);  // one in the middle
  check_merge(3000, 11, 977);     // a few
  check_merge(300, 300, 1);       // none
}

TEST(a_name_in_both_indexes_cannot_be_settled_by_them) {
  for (const size_t n : {0UL, 7UL, 499UL}) {
    const Scratch scratch;
    CHECK(write(scratch, scanned(Folder::Cur, 0, 500, 1)));
    auto reader = open_index(scratch);
    CHECK(reader.has_value());
    CHECK(!Catalog::merge(std::move(*reader), Folder::Cur,
                          scanned(Folder::New, n, n + 1, 1)));
  }
}

TEST(a_moved_message_is_recognized_by_its_index) {
  const Scratch scratch;
  CHECK(write(scratch, scanned(Folder::Cur, 0, 100, 2)));
  auto reader = open_index(scratch);
  auto catalog = Catalog::merge(std::move(*reader), Folder::Cur,
                                scanned(Folder::New, 1, 100, 20));
  CHECK(catalog.has_value());
  catalog->move(50, Folder::New, "moved:2,S");
  catalog->move(3, Folder::Cur, "other:2,S");
  catalog->settle_moves();
  catalog->move(3, Folder::Cur, "again:2,S");
  catalog->move(1, Folder::Cur, "mine:2,");
  catalog->settle_moves();
  CHECK_EQUAL(catalog->message(50).name, "moved:2,S");
  CHECK(catalog->message(50).folder == Folder::New);
  CHECK_EQUAL(catalog->message(3).name, "again:2,S");
  CHECK_EQUAL(catalog->message(1).name, "mine:2,");
  CHECK_EQUAL(catalog->message(2).name, name_of(2));
}

TEST(a_damaged_index_gives_no_more_messages) {
  const Scratch scratch;
  CHECK(write(scratch, scanned(Folder::Cur, 0, 1000, 1)));
  auto reader = open_index(scratch);
  auto catalog = Catalog::merge(std::move(*reader), Folder::Cur, {});
  CHECK(catalog.has_value());
  CHECK_EQUAL(catalog->message(0).name, name_of(0));
  const lib::UniqueFd file(openat(scratch.root(), kName, O_WRONLY));
  CHECK(ftruncate(file.get(), 2 * kIndexPage) == 0);
  CHECK_EQUAL(catalog->message(0).name, name_of(0));
  CHECK(!catalog->damaged());
  CHECK_EQUAL(catalog->message(999).name, "");
  CHECK(catalog->damaged());
  CHECK_EQUAL(catalog->message(0).name, "");
}

TEST(octets_are_known_by_unique_name_and_inode) {
  ScannedFiles seen;
  seen.add(Folder::Cur, "1.a:2,S", 1);
  seen.add(Folder::Cur, "2.b:2,", 2);
  seen.add(Folder::Cur, "3.c:2,", 3);
  seen.add(Folder::Cur, "4.d:2,", 4);
  seen.add(Folder::New, "4.d", 5);
  seen.sort_unique();
  const std::vector<Message> known{{.name = "0.z", .inode = 1, .octets = 9},
                                   {.name = "1.a", .inode = 1, .octets = 10},
                                   {.name = "2.b", .inode = 9, .octets = 20},
                                   {.name = "4.d", .inode = 4, .octets = 40}};
  copy_known_octets(seen, known.size(), [&](uint64_t n) { return known[n]; });
  CHECK(seen.files()[0].measured && seen.files()[0].octets == 10);
  CHECK(!seen.files()[1].measured && !seen.files()[2].measured);
  // Of two files with one name, the known one has its octets.
  CHECK(seen.files()[3].measured && seen.files()[3].octets == 40);
  CHECK(!seen.files()[4].measured);
}
