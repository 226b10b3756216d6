// SPDX-License-Identifier: ISC
#include "maildir-pop3d/maildir/own_names.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <span>
#include <utility>
#include <vector>

#include "lib/text/byte_search.h"

namespace pop3d {
namespace {

struct Aged {
  Sighting file;
  int64_t seconds;
  int64_t nanoseconds;
  uint32_t fingerprint;
};

bool is_older(const Aged& a, const Aged& b) {
  if (a.file.measured != b.file.measured) return a.file.measured;
  if (a.seconds != b.seconds) return a.seconds < b.seconds;
  if (a.nanoseconds != b.nanoseconds) return a.nanoseconds < b.nanoseconds;
  return a.file.inode < b.file.inode;
}

int directory_of(const Maildir& maildir, const Names& names,
                 const Sighting& file) {
  return maildir.folder(names.folder(file.name));
}

// The file has both names, which a rename by link and unlink leaves where it
// is stopped in between: this one goes.
bool remove_second_link(int directory, const char* name, const char* own) {
  struct stat one {};
  struct stat other {};
  return fstatat(directory, name, &one, AT_SYMLINK_NOFOLLOW) == 0 &&
         fstatat(directory, own, &other, AT_SYMLINK_NOFOLLOW) == 0 &&
         one.st_ino == other.st_ino && unlinkat(directory, name, 0) == 0;
}

// False where this file has to keep its name.
lib::Result<bool> rename_younger(int directory, const char* name,
                                 const Aged& it) {
  FileName own = own_name(name, it.file.inode, it.fingerprint);
  if (own.empty()) return false;
  if (rename_no_replace(directory, name, directory, own.c_str())) return true;
  switch (errno) {
    // Another session was first, or another program has renamed it.
    case ENOENT: return true;
    case EEXIST: return remove_second_link(directory, name, own.c_str());
    // No rights or no room, now or ever: a mailbox that can be opened is worth
    // more than an id that may change once.
    case EACCES:
    case EPERM:
    case EROFS:
    case ENOSPC:
    case EDQUOT:
    case ENAMETOOLONG:
    case EINVAL:
    case EOPNOTSUPP: return false;
    default:
      return lib::Error::from_errno("rename a message beside its namesake");
  }
}

// Nothing where a file has gone or was renamed: then all is to be seen anew.
lib::Result<std::vector<Aged>> look_at(const Maildir& maildir,
                                       const Names& names,
                                       std::span<const Sighting> run) {
  std::vector<Aged> files;
  for (const Sighting& file : run) {
    struct stat status {};
    if (fstatat(directory_of(maildir, names, file), names.name(file.name),
                &status, AT_SYMLINK_NOFOLLOW) != 0) {
      if (errno == ENOENT) return std::vector<Aged>();
      return lib::Error::from_errno("tell the older of two messages");
    }
    files.push_back({file, status.st_mtim.tv_sec, status.st_mtim.tv_nsec,
                     fingerprint_of(status)});
  }
  return files;
}

// Of one unique name.
lib::Result<bool> separate(const Maildir& maildir, Names& names,
                           std::span<Sighting> run) {
  auto looked = look_at(maildir, names, run);
  if (!looked.ok()) return looked.error();
  std::vector<Aged>& files = looked.value();
  if (files.empty()) return true;
  std::ranges::sort(files, is_older);
  bool renamed = false;
  for (size_t i = 0; i < files.size(); ++i) {
    run[i] = files[i].file;
    names.set_younger(run[i].name, i != 0);
    if (i == 0) continue;
    const auto done = rename_younger(directory_of(maildir, names, run[i]),
                                     names.name(run[i].name), files[i]);
    if (!done.ok()) return done.error();
    renamed = renamed || done.value();
  }
  return renamed;
}

}  // namespace

FileName own_name(std::string_view name, uint64_t inode, uint32_t fingerprint) {
  const std::string_view unique = unique_part(name);
  const std::string_view head = unique.substr(0, lib::find_byte(unique, ','));
  FileName own;
  own << head << '_';
  own.number(inode, 16) << '_';
  own.number(fingerprint, 16) << name.substr(head.size());
  if (own.overflowed()) own.clear();
  return own;
}

lib::Result<bool> give_own_names(const Maildir& maildir, Sightings& seen) {
  if (!seen.shares_names()) return false;
  const std::span files(seen.files());
  bool renamed = false;
  for (size_t begin = 0, end = 0; begin < files.size(); begin = end) {
    for (end = begin + 1;
         end < files.size() && files[begin].time == files[end].time &&
         lib::are_equal(seen.unique(files[begin]), seen.unique(files[end]));)
      ++end;
    if (end - begin == 1) continue;
    const auto done =
        separate(maildir, seen.names(), files.subspan(begin, end - begin));
    if (!done.ok()) return done.error();
    renamed = renamed || done.value();
  }
  return renamed;
}

}  // namespace pop3d
