// SPDX-License-Identifier: ISC
#include "maildir-pop3d/maildir/quota.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "lib/io/unique_fd.h"
#include "lib/text/text.h"
#include "maildir-pop3d/maildir/filename.h"

namespace pop3d {
namespace {

constexpr const char* kName = "maildirsize";
constexpr int kFlags = O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
constexpr size_t kLongestHeader = 256;

using WholeLine = lib::FixedText<62>;

// Such as "10000S".  Maildir++ reserves the letters other than S and C.
bool is_limit(std::string_view word) {
  if (word.empty()) return false;
  return lib::is_letter(word.back()) &&
         lib::parse_number(word.substr(0, word.size() - 1));
}

bool is_same_file(int a, int b) {
  struct stat one {};
  struct stat other {};
  return fstat(a, &one) == 0 && fstat(b, &other) == 0 &&
         one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

// Replaces the last size bytes that were written to file by LFs.  ftruncate
// could remove what another program has appended since.
bool erase_part(int maildir, int file, size_t size) {
  const off_t end = lseek(file, 0, SEEK_CUR);
  // A descriptor of its own, because pwrite ignores the offset under O_APPEND.
  const lib::UniqueFd again(openat(maildir, kName, O_WRONLY | kFlags));
  if (end < 0 || !again.valid() || !is_same_file(file, again.get()))
    return false;
  WholeLine newlines;
  while (newlines.size() < size) newlines << '\n';
  return pwrite(again.get(), newlines.data(), size,
                end - static_cast<off_t>(size)) == static_cast<ssize_t>(size);
}

lib::Status append(int maildir, int file, std::string_view line) {
  constexpr int kTries = 3;
  for (int tries = 0; tries < kTries; ++tries) {
    const ssize_t wrote = write(file, line.data(), line.size());
    if (wrote == static_cast<ssize_t>(line.size())) return {};
    if (wrote < 0 && errno != EINTR)
      return lib::Error::from_errno("write maildirsize");
    // The next write fails with the reason why this one was short.
    if (wrote > 0 && !erase_part(maildir, file, static_cast<size_t>(wrote)))
      return lib::Error{"remove half a line from maildirsize", 0};
  }
  return lib::Error{"write a whole line to maildirsize", 0};
}

}  // namespace

void QuotaChange::remove(std::string_view name, uint64_t file_size) {
  if (has_flag(name, 'T')) return;
  bytes_ += size_hints(unique_part(name)).bytes.value_or(file_size);
  ++count_;
}

QuotaLine QuotaChange::line() const {
  QuotaLine line;
  line << '-';
  line.number(bytes_) << " -";
  line.number(count_);
  return line;
}

bool begins_with_quota(std::string_view text) {
  const size_t end = text.find('\n');
  if (end == std::string_view::npos) return false;
  std::string_view limits = text.substr(0, end);
  do {
    if (!is_limit(lib::next_field(limits, ','))) return false;
  } while (!limits.empty());
  return true;
}

lib::Result<QuotaFile> append_to_quota(int maildir, const QuotaLine& line) {
  const lib::UniqueFd file(openat(maildir, kName, O_RDWR | O_APPEND | kFlags));
  if (!file.valid()) {
    if (errno == ENOENT) return QuotaFile::Absent;
    return lib::Error::from_errno("open maildirsize");
  }
  struct stat status {};
  if (fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode))
    return lib::Error{"write maildirsize: not a regular file", 0};
  std::array<char, kLongestHeader> header;
  const ssize_t got = pread(file.get(), header.data(), header.size(), 0);
  char last = 0;
  if (got < 0 ||
      (got > 0 && pread(file.get(), &last, 1, status.st_size - 1) < 0))
    return lib::Error::from_errno("read maildirsize");
  if (!begins_with_quota({header.data(), static_cast<size_t>(got)}))
    return QuotaFile::NoQuota;
  WholeLine whole;
  if (last != '\n') whole << '\n';
  whole << line.view() << '\n';
  const lib::Status written = append(maildir, file.get(), whole.view());
  if (!written.ok()) return written.error();
  return QuotaFile::Noted;
}

}  // namespace pop3d
