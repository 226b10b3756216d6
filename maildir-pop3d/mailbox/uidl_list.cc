// SPDX-License-Identifier: ISC
#include "maildir-pop3d/mailbox/uidl_list.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <span>

#include "lib/io/io.h"
#include "maildir-pop3d/maildir/clock.h"

namespace pop3d {
namespace {

constexpr uint64_t kLargest = uint64_t{128} << 20U;

constexpr lib::Error kRewritten{
    "use the list of unique ids: it was rewritten meanwhile", 0};

}  // namespace

const char* UidlSource::file() const {
  if (format == UidlFormat::Dovecot) return "dovecot-uidlist";
  if (format == UidlFormat::Courier) return "courierpop3dsizelist";
  return path;
}

std::optional<UidlSource> parse_uidl_source(const char* text) {
  constexpr std::string_view kFile = "file:";
  constexpr std::string_view kPattern = "dovecot:";
  const std::string_view all(text);
  if (all == "name") return UidlSource{};
  if (all == "base") return UidlSource{.format = UidlFormat::Base};
  if (all == "dovecot") return UidlSource{.format = UidlFormat::Dovecot};
  if (all.starts_with(kPattern)) {
    const std::string_view pattern = all.substr(kPattern.size());
    if (!is_uidl_pattern(pattern)) return std::nullopt;
    return UidlSource{.format = UidlFormat::Dovecot, .pattern = pattern};
  }
  if (all == "courier") return UidlSource{.format = UidlFormat::Courier};
  if (!all.starts_with(kFile) || all.size() == kFile.size())
    return std::nullopt;
  return UidlSource{.format = UidlFormat::File, .path = text + kFile.size()};
}

UidlList UidlList::open(int maildir, const UidlSource& source) {
  constexpr int kFlags = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
  UidlList list(source);
  const char* const path = source.file();
  if (path == nullptr) return list;
  const bool is_file = source.format == UidlFormat::File;
  list.file_.reset(is_file ? ::open(path, kFlags)
                           : openat(maildir, path, kFlags | O_NOFOLLOW));
  if (list.file_.valid())
    list.status_ = list.check_file();
  else if (is_file || errno != ENOENT)
    list.status_ = lib::Error::from_errno("open the list of unique ids");
  return list;
}

lib::Status UidlList::check_file() {
  struct stat status {};
  if (fstat(file_.get(), &status) != 0)
    return lib::Error::from_errno("look at the list of unique ids");
  if (!S_ISREG(status.st_mode))
    return lib::Error{"use the list of unique ids: it is not a regular file"};
  size_ = static_cast<uint64_t>(status.st_size);
  modified_ns_ = nanoseconds(status.st_mtim);
  if (size_ > kLargest)
    return lib::Error{"use the list of unique ids: larger than 128 MiB"};
  if (size_ == 0) return lib::Error{UidlTable::kEmpty};
  return {};
}

bool UidlList::is_as_opened() const {
  struct stat status {};
  return fstat(file_.get(), &status) == 0 &&
         static_cast<uint64_t>(status.st_size) == size_ &&
         nanoseconds(status.st_mtim) == modified_ns_;
}

// Before the first reading, size and mtime tell whether this is still the list
// that was opened.  Later only its content does, because a server that is still
// in use appends to it.
lib::Status UidlList::load() {
  text_.resize(size_);
  if (!lib::read_at(file_.get(), 0, text_))
    return errno == 0 ? kRewritten
                      : lib::Error::from_errno("read the list of unique ids");
  const std::string_view text(text_.data(), text_.size());
  const lib::Md5Digest digest = lib::md5(std::span(&text, 1));
  if (digest_ ? digest != *digest_ : !is_as_opened()) return kRewritten;
  digest_ = digest;
  table_.emplace(source_.format, text, source_.pattern);
  if (const auto& fault = table_->fault()) {
    line_ = fault->line;
    return lib::Error{fault->why};
  }
  return {};
}

bool UidlList::is_sound() {
  if (file_.valid() && !failed() && !table_) status_ = load();
  return !failed();
}

std::optional<Uidl> UidlList::find(std::string_view unique) {
  if (!is_sound() || !table_) return std::nullopt;
  return table_->find(unique);
}

bool UidlList::has_uidl(std::string_view uidl) {
  return is_sound() && table_ && table_->has_uidl(uidl);
}

void UidlList::release_memory() {
  table_.reset();
  std::vector<char>().swap(text_);
}

}  // namespace pop3d
