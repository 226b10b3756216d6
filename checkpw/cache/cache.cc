// SPDX-License-Identifier: ISC
// Runs as root: opens the cache, which only root can write.
#include "checkpw/cache/cache.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <ctime>

#include "lib/io/io.h"
#include "lib/process/signals.h"

namespace checkpw {
namespace {

constexpr const char* kBootId = "/proc/sys/kernel/random/boot_id";

lib::Result<lib::UniqueFd> open_file(const char* path) {
  constexpr int kFlags =
      O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
  lib::UniqueFd fd(open(path, kFlags));
  if (!fd.valid() && errno == ENOENT) {
    const mode_t mask = umask(077);
    fd.reset(open(path, kFlags | O_CREAT, 0600));
    const int error = errno;
    umask(mask);
    errno = error;
  }
  if (!fd.valid()) return lib::Error::from_errno("open the cache");
  return fd;
}

// Why the file must not be used; nullptr: it may be.
const char* fault_of(const struct stat& file) {
  if (!S_ISREG(file.st_mode)) return "use the cache: not a regular file";
  if (file.st_uid != geteuid()) return "use the cache: another user owns it";
  if ((file.st_mode & 07777U) != 0600)
    return "use the cache: its mode is not 0600";
  if (file.st_nlink > 1) return "use the cache: it has several links";
  return nullptr;
}

lib::Status write_at(int fd, uint64_t at, std::string_view bytes) {
  const ssize_t written =
      pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(at));
  if (written < 0) return lib::Error::from_errno("write the cache");
  if (static_cast<size_t>(written) < bytes.size())
    return lib::Error{"write the cache", ENOSPC};
  return {};
}

using BootId = std::array<char, 36>;
lib::Status read_boot_id(BootId& id) {
  const lib::UniqueFd fd(::open(kBootId, O_RDONLY | O_CLOEXEC));
  const ssize_t got = fd.valid() ? lib::read_some(fd.get(), id) : -1;
  if (got < 0)
    return lib::Error::from_errno("read the id of the boot", kBootId);
  if (static_cast<size_t>(got) < id.size())
    return lib::Error{"read the id of the boot: too short", 0, kBootId};
  return {};
}

}  // namespace

Cache::~Cache() {
  explicit_bzero(header_.data(), header_.size());
  explicit_bzero(digest_.data(), digest_.size());
}

bool Cache::holds(const Verification& verification) {
  if (settings_.cache_file == nullptr) return false;
  CacheBucket bucket{};
  lib::Status status = open();
  if (status.ok() && fd_.valid()) status = read_bucket(verification, bucket);
  if (!status.ok()) give_up(status.error());
  return fd_.valid() && checkpw::holds(bucket, digest_, clock_);
}

void Cache::remember(const Verification& verification) {
  if (!fd_.valid()) return;
  const lib::Status status = add_entry(verification);
  if (!status.ok()) give_up(status.error());
}

lib::Status Cache::add_entry(const Verification& verification) {
  CacheBucket bucket{};
  const lib::Status read = read_bucket(verification, bucket);
  if (!read.ok()) return read;
  // Another login of the same account may have written it meanwhile.
  if (!fd_.valid() || checkpw::holds(bucket, digest_, clock_)) return {};
  // A limit on the size of files is an error, not a signal.
  const lib::SignalAction no_signal(SIGXFSZ, SIG_IGN);
  const size_t way = replaced_way(bucket, clock_);
  const CacheEntry entry = make_cache_entry(digest_, clock_.now);
  return write_at(fd_.get(), bucket_at_ + way * kCacheEntrySize,
                  {entry.data(), entry.size()});
}

lib::Status Cache::open() {
  timespec now{};
  clock_gettime(CLOCK_BOOTTIME, &now);
  clock_ = {static_cast<uint64_t>(now.tv_sec), settings_.cache_seconds};
  BootId id;
  const lib::Status known = read_boot_id(id);
  if (!known.ok()) return known;
  const std::string_view boot_id(id.data(), id.size());

  auto opened = open_file(settings_.cache_file);
  if (!opened.ok()) return opened.error();
  fd_ = std::move(opened.value());
  const auto usable = read_header(boot_id);
  if (!usable.ok()) return usable.error();
  if (usable.value()) return {};
  // Only one process makes the file, once, or it would turn entries of others
  // into misses.  Nobody waits for it: other logins do without the cache.
  if (flock(fd_.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return lib::Error::from_errno("lock the cache");
    fd_.reset();
    return {};
  }
  const auto made = read_header(boot_id);
  if (!made.ok()) return made.error();
  return made.value() ? lib::Status() : make(boot_id);
}

// True if the header is of this boot.  An error, if the file must not be used
// or overwritten.
lib::Result<bool> Cache::read_header(std::string_view boot_id) {
  struct stat file {};
  if (fstat(fd_.get(), &file) != 0)
    return lib::Error::from_errno("examine the cache");
  if (const char* fault = fault_of(file)) return lib::Error{fault};
  const ssize_t got = pread(fd_.get(), header_.data(), header_.size(), 0);
  if (got < 0) return lib::Error::from_errno("read the cache");
  const auto size = static_cast<uint64_t>(file.st_size);
  buckets_ = size < kCacheHeaderSize
                 ? 0
                 : (size - kCacheHeaderSize) / kCacheBucketSize;
  if (buckets_ > 0 && is_current(header_, boot_id)) return true;
  if (!is_replaceable({header_.data(), static_cast<size_t>(got)}))
    return lib::Error{"use the cache: the file is something else"};
  return false;
}

// In place, with the lock, which ends with the login.  A process that is killed
// here leaves a file that the next one makes anew: only a whole file with a
// whole header is current.
lib::Status Cache::make(std::string_view boot_id) {
  std::array<char, 32> random;
  if (getrandom(random.data(), random.size(), GRND_NONBLOCK) !=
      static_cast<ssize_t>(random.size()))
    return lib::Error::from_errno("get a random key for the cache");
  header_ = make_cache_header(boot_id, {random.data(), random.size()});
  explicit_bzero(random.data(), random.size());
  buckets_ = (settings_.cache_size + kCacheWays - 1) / kCacheWays;
  const lib::SignalAction no_signal(SIGXFSZ, SIG_IGN);
  // A file of another boot may have another size.
  if (ftruncate(fd_.get(), 0) != 0)
    return lib::Error::from_errno("empty the cache");
  const lib::Status written =
      write_at(fd_.get(), 0, {header_.data(), header_.size()});
  if (!written.ok()) return written;
  // After a crash, a file of full size without its header would look like
  // something else.
  if (fdatasync(fd_.get()) != 0 ||
      ftruncate(fd_.get(), static_cast<off_t>(kCacheHeaderSize +
                                              buckets_ * kCacheBucketSize)) !=
          0)
    return lib::Error::from_errno("make the cache");
  return {};
}

// If the file was cut meanwhile, this login does without it: an entry after the
// end of a file would make the file something else than a cache.
lib::Status Cache::read_bucket(const Verification& verification,
                               CacheBucket& bucket) {
  digest_ = cache_digest(header_, verification);
  bucket_at_ =
      kCacheHeaderSize + cache_bucket(digest_, buckets_) * kCacheBucketSize;
  const ssize_t got = pread(fd_.get(), bucket.data(), bucket.size(),
                            static_cast<off_t>(bucket_at_));
  if (got < 0) return lib::Error::from_errno("read the cache");
  if (static_cast<size_t>(got) < bucket.size()) fd_.reset();
  return {};
}

void Cache::give_up(const lib::Error& error) {
  log_.warning(error.about(settings_.cache_file));
  fd_.reset();
}

}  // namespace checkpw
