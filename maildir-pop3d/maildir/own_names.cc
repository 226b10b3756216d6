// SPDX-License-Identifier: ISC
#include "maildir-pop3d/maildir/own_names.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <span>
#include <vector>

#include "lib/text/byte_search.h"
#include "maildir-pop3d/maildir/clock.h"

namespace pop3d {
namespace {

struct AgedFile {
  ScannedFile file;
  int64_t modified;  // nanoseconds
  uint32_t fingerprint;
};

bool is_older(const AgedFile& a, const AgedFile& b) {
  if (a.file.measured != b.file.measured) return a.file.measured;
  if (a.modified != b.modified) return a.modified < b.modified;
  return a.file.inode < b.file.inode;
}

// If a rename by link and unlink was interrupted, the file has both names:
// removes the first.
bool remove_second_link(int directory, const char* name, const char* own) {
  struct stat one {};
  struct stat other {};
  return fstatat(directory, name, &one, AT_SYMLINK_NOFOLLOW) == 0 &&
         fstatat(directory, own, &other, AT_SYMLINK_NOFOLLOW) == 0 &&
         one.st_ino == other.st_ino && unlinkat(directory, name, 0) == 0;
}

// Returns nothing if a file was renamed or removed.
lib::Result<std::vector<AgedFile>> find_ages(const Maildir& maildir,
                                             const NameArena& names,
                                             std::span<const ScannedFile> run) {
  std::vector<AgedFile> files;
  for (const ScannedFile& file : run) {
    struct stat status {};
    if (!maildir.look_at(names.folder(file.name), names.name(file.name),
                         status)) {
      if (errno == ENOENT) return std::vector<AgedFile>();
      return lib::Error::from_errno("tell the older of two messages");
    }
    files.push_back(
        {file, nanoseconds(status.st_mtim), fingerprint_of(status)});
  }
  return files;
}

// Separates the files in run, which have one unique name.
lib::Result<bool> separate(const Maildir& maildir, NameArena& names,
                           std::span<ScannedFile> run) {
  auto aged = find_ages(maildir, names, run);
  if (!aged.ok()) return aged.error();
  std::vector<AgedFile>& files = aged.value();
  if (files.empty()) return true;  // read the directories again
  std::ranges::sort(files, is_older);
  bool renamed = false;
  for (size_t i = 0; i < files.size(); ++i) {
    run[i] = files[i].file;
    names.set_younger(run[i].name, i != 0);
    if (i == 0) continue;
    const int directory = maildir.folder(names.folder(run[i].name));
    const auto done = give_own_name(directory, names.name(run[i].name),
                                    run[i].inode, files[i].fingerprint);
    if (!done.ok()) return done.error();
    renamed = renamed || done.value();
  }
  return renamed;
}

}  // namespace

FileName own_name(std::string_view name, uint64_t inode, uint32_t fingerprint) {
  const std::string_view unique = unique_part(name);
  const std::string_view head = unique.substr(0, unique.find(','));
  FileName own;
  own << head << '_';
  own.number(inode, 16) << '_';
  own.number(fingerprint, 16) << name.substr(head.size());
  if (own.overflowed()) own.clear();
  return own;
}

lib::Result<bool> give_own_name(int directory, const char* name, uint64_t inode,
                                uint32_t fingerprint) {
  FileName own = own_name(name, inode, fingerprint);
  if (own.empty()) return false;
  if (rename_no_replace(directory, name, directory, own.c_str())) return true;
  switch (errno) {
    // Another program has renamed the file, perhaps another session.
    case ENOENT: return true;
    case EEXIST: return remove_second_link(directory, name, own.c_str());
    // This may never succeed.  A mailbox that opens is worth more than an id
    // that does not change.
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

lib::Result<bool> give_own_names(const Maildir& maildir, ScannedFiles& seen) {
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
