// SPDX-License-Identifier: ISC
#include "maildir-pop3d/index/writer.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "lib/io/io.h"
#include "maildir-pop3d/maildir/clock.h"

namespace pop3d {
namespace {

constexpr size_t kBuffer = 16 * kIndexPage;

}  // namespace

IndexWriter::IndexWriter(int root, int tmp)
    : root_(root), tmp_(tmp), buffer_(kBuffer) {
  if (tmp < 0) return;
  const auto process = static_cast<uint64_t>(getpid());
  const auto moment = static_cast<uint64_t>(clock_reading(CLOCK_REALTIME));
  header_.generation = moment + (process << 32U);
  builder_.emplace(header_.generation);
  // If a crash leaves the file, it is swept from tmp/ like any other.
  tmp_name_ << "maildir-pop3d.index.";
  tmp_name_.number(moment) << '.';
  tmp_name_.number(process);
  file_.reset(openat(tmp, tmp_name_.c_str(),
                     O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600));
  struct stat status {};
  ok_ = true;
  if (!check(file_.valid() && fstat(file_.get(), &status) == 0)) return;
  started_ = nanoseconds(status.st_mtim);
  check(lseek(file_.get(), kIndexPage, SEEK_SET) == kIndexPage);
}

IndexWriter::~IndexWriter() {
  if (file_.valid()) (void)unlinkat(tmp_, tmp_name_.c_str(), 0);
}

lib::Status IndexWriter::status() const {
  if (error_ == 0) return {};
  return lib::Error{"write the index", error_};
}

// To be called after each system call, as long as all have worked.
bool IndexWriter::check(bool worked) {
  if (!worked) error_ = errno;
  ok_ = worked;
  return worked;
}

void IndexWriter::add(const Message& message) {
  // Some file systems allow longer names than an index.
  ok_ = ok_ && index_name_is_sound(message.name);
  if (!ok_) return;
  if (!builder_->add(message)) {
    put_page();
    // An empty page holds any one record.
    if (!builder_->add(message)) ok_ = false;
  }
  ++header_.records;
  header_.octets += message.octets;
}

void IndexWriter::put_page() {
  memcpy(buffer_.data() + buffered_, builder_->finish().data(), kIndexPage);
  buffered_ += kIndexPage;
  ++header_.pages;
  builder_->restart(builder_->next());
  if (buffered_ == kBuffer) flush();
}

void IndexWriter::flush() {
  if (ok_) check(lib::write_all(file_.get(), {buffer_.data(), buffered_}));
  buffered_ = 0;
}

bool IndexWriter::commit(const char* name, const DirectoryState& directory,
                         bool settled) {
  if (ok_ && !builder_->empty()) put_page();
  flush();
  header_.directory = directory;
  header_.settled = settled;
  IndexPage page;
  encode_index_header(header_, page);
  errno = ENOSPC;  // of a short write
  if (ok_)
    check(pwrite(file_.get(), page.data(), page.size(), 0) == kIndexPage &&
          renameat(tmp_, tmp_name_.c_str(), root_, name) == 0);
  if (ok_) file_.reset();
  return ok_;
}

}  // namespace pop3d
