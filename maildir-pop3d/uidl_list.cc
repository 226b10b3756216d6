// SPDX-License-Identifier: ISC
#include "maildir-pop3d/uidl_list.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <span>

#include "maildir-pop3d/maildir.h"

namespace pop3d {
namespace {

constexpr uint64_t kLargest = uint64_t{128} << 20U;

constexpr lib::Error kRewritten{
    "use the list of unique ids: it was rewritten meanwhile", 0};

int open_source(int maildir, const UidlSource& source) {
  constexpr int kFlags = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
  switch (source.format) {
    case UidlFormat::Dovecot:
    case UidlFormat::Courier:
      return openat(maildir, source.file(), kFlags | O_NOFOLLOW);
    case UidlFormat::File: return ::open(source.path, kFlags);
    case UidlFormat::Name: break;
  }
  errno = ENOENT;
  return -1;
}

}  // namespace

const char* UidlSource::file() const {
  if (format == UidlFormat::Dovecot) return "dovecot-uidlist";
  if (format == UidlFormat::Courier) return "courierpop3dsizelist";
  return path;
}

std::optional<UidlSource> parse_uidl_source(const char* text) {
  constexpr std::string_view kFile = "file:";
  const std::string_view all(text);
  if (all == "name") return UidlSource{};
  if (all == "dovecot") return UidlSource{.format = UidlFormat::Dovecot};
  if (all == "courier") return UidlSource{.format = UidlFormat::Courier};
  if (!all.starts_with(kFile) || all.size() == kFile.size())
    return std::nullopt;
  return UidlSource{.format = UidlFormat::File, .path = text + kFile.size()};
}

lib::Result<UidlList> UidlList::open(int maildir, const UidlSource& source) {
  UidlList list(source);
  list.file_.reset(open_source(maildir, source));
  if (!list.file_.valid()) {
    if (errno == ENOENT && source.format != UidlFormat::File) return list;
    return lib::Error::from_errno("open the list of unique ids");
  }
  struct stat status {};
  if (fstat(list.file_.get(), &status) != 0)
    return lib::Error::from_errno("look at the list of unique ids");
  if (!S_ISREG(status.st_mode))
    return lib::Error{"use the list of unique ids: no regular file", 0};
  list.size_ = static_cast<uint64_t>(status.st_size);
  list.modified_ns_ = modified_ns(status);
  if (list.size_ > kLargest)
    return lib::Error{"use the list of unique ids: larger than 128 MiB", 0};
  return list;
}

bool UidlList::is_as_opened() const {
  struct stat status {};
  return fstat(file_.get(), &status) == 0 &&
         static_cast<uint64_t>(status.st_size) == size_ &&
         modified_ns(status) == modified_ns_;
}

lib::Status UidlList::read_text() {
  text_.resize(size_);
  for (size_t at = 0; at < text_.size();) {
    const ssize_t got = pread(file_.get(), text_.data() + at, text_.size() - at,
                              static_cast<off_t>(at));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return lib::Error::from_errno("read the list of unique ids");
    if (got == 0) return kRewritten;
    at += static_cast<size_t>(got);
  }
  return {};
}

// Of a list that nobody has asked yet the times tell whether it is the one
// that was opened; later on its content does, because a server that is still
// at work appends to it.
lib::Status UidlList::load() {
  if (lib::Status read = read_text(); !read.ok()) return read;
  const std::string_view text(text_.data(), text_.size());
  const lib::Md5Digest digest = lib::md5(std::span(&text, 1));
  if (digest_ ? digest != *digest_ : !is_as_opened()) return kRewritten;
  digest_ = digest;
  table_.emplace(source_.format, text);
  if (table_->too_many())
    return lib::Error{"use the list of unique ids: more than 1,048,576 entries",
                      0};
  return {};
}

// False where there is no list, or it could not be used.
bool UidlList::is_ready() {
  if (!file_.valid() || failed()) return false;
  if (!table_) status_ = load();
  return !failed();
}

std::optional<Uidl> UidlList::find(std::string_view unique) {
  if (!is_ready()) return std::nullopt;
  return table_->find(unique);
}

bool UidlList::hands_out(std::string_view uidl) {
  return is_ready() && table_->hands_out(uidl);
}

void UidlList::rest() {
  table_.reset();
  std::vector<char>().swap(text_);
}

}  // namespace pop3d
