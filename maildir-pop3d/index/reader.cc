// SPDX-License-Identifier: ISC
#include "maildir-pop3d/index/reader.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "lib/io/io.h"

namespace pop3d {
namespace {

constexpr size_t kWindow = 16;  // pages

}  // namespace

IndexReader::IndexReader(lib::UniqueFd file, const IndexHeader& header)
    : file_(std::move(file)), header_(header), window_(kWindow * kIndexPage) {}

std::optional<IndexReader> IndexReader::open(
    int directory, const char* name, std::span<char, kIndexPage> scratch) {
  constexpr int kFlags =
      O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
  return open(lib::UniqueFd(openat(directory, name, kFlags)), scratch);
}

std::optional<IndexReader> IndexReader::open(
    lib::UniqueFd file, std::span<char, kIndexPage> scratch) {
  struct stat status {};
  if (!file.valid() || fstat(file.get(), &status) != 0 ||
      !S_ISREG(status.st_mode) || status.st_uid != geteuid())
    return std::nullopt;
  if (!lib::read_at(file.get(), 0, scratch)) return std::nullopt;
  const auto header =
      decode_index_header(scratch, static_cast<uint64_t>(status.st_size));
  if (!header) return std::nullopt;
  return IndexReader(std::move(file), *header);
}

bool IndexReader::view_page_of(uint64_t n) {
  return (view_ && n >= view_->first() &&
          n - view_->first() < view_->count()) ||
         find_page(n);
}

Message IndexReader::record(uint64_t n) {
  if (!view_page_of(n)) return {.name = ""};
  return view_->record(static_cast<size_t>(n - view_->first()));
}

std::optional<uint64_t> IndexReader::octets(uint64_t n) {
  if (!view_page_of(n)) return std::nullopt;
  return view_->octets(static_cast<size_t>(n - view_->first()));
}

void IndexReader::release_memory() {
  if (touched_pages_ <= 1) return;
  window_.release();
  touched_pages_ = 0;
  window_pages_ = 0;
  view_.reset();
}

// Reads count pages from page on into the window.
bool IndexReader::load(uint64_t page, size_t count) {
  view_.reset();
  window_pages_ = 0;
  touched_pages_ = std::max(touched_pages_, count);
  if (!lib::read_at(file_.get(), (page + 1) * kIndexPage,
                    window_.span().first(count * kIndexPage)))
    return false;
  window_first_ = page;
  window_pages_ = count;
  return true;
}

// Makes page the view.  If it follows the last one, reads the pages after it as
// well, because records are being read in order: 16 calls of pread for LIST of
// 10,000 messages, instead of 198.
bool IndexReader::view_page(uint64_t page) {
  const bool in_order = view_ && page == view_page_ + 1;
  if (page < window_first_ || page - window_first_ >= window_pages_) {
    const uint64_t left = header_.pages - page;
    const size_t count =
        in_order ? static_cast<size_t>(std::min<uint64_t>(kWindow, left)) : 1;
    if (!load(page, count)) return false;
  }
  const auto bytes =
      window_.span().subspan((page - window_first_) * kIndexPage, kIndexPage);
  view_ = IndexPageView::open(
      std::span<const char, kIndexPage>(bytes.data(), kIndexPage),
      header_.generation);
  view_page_ = page;
  return view_.has_value();
}

// Pages hold about the same number of records, so interpolation finds one in
// two or three steps.  Each step narrows the range, so that it ends.  100 LISTs
// of single messages out of 10,000: 0.6 million instructions, against 2.5
// million with a binary search.
bool IndexReader::find_page(uint64_t n) {
  if (n >= header_.records) return false;
  if (view_ && view_page_ + 1 < header_.pages &&
      n == view_->first() + view_->count())
    return view_page(view_page_ + 1) && view_->first() == n;
  uint64_t low_page = 0;
  uint64_t high_page = header_.pages;  // after the last
  uint64_t low = 0;                    // low_page's first record
  uint64_t high = header_.records;     // high_page's
  while (low_page < high_page && low <= n && n < high) {
    // Does not overflow: there are at most 2^32 records (kMostRecords), and no
    // more pages than records.
    const uint64_t guess =
        low_page + (n - low) * (high_page - low_page) / (high - low);
    if (!view_page(std::min(guess, high_page - 1))) return false;
    const uint64_t first = view_->first();
    if (n < first) {
      high_page = view_page_;
      high = first;
    } else if (n - first >= view_->count()) {
      low_page = view_page_ + 1;
      low = first + view_->count();
    } else {
      return true;
    }
  }
  view_.reset();
  return false;
}

}  // namespace pop3d
