// SPDX-License-Identifier: ISC
#include "maildir-pop3d/mailbox/update.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <ctime>
#include <utility>

#include "maildir-pop3d/maildir/attempts.h"
#include "maildir-pop3d/maildir/directory.h"
#include "maildir-pop3d/maildir/filename.h"
#include "maildir-pop3d/maildir/quota.h"

namespace pop3d {
namespace {

void keep_first(FirstFailure& first, const lib::Status& next, size_t n) {
  if (first.status.ok()) first = {next, n};
}

enum class Removal { Done, Missing, Failed };

// Removes one message, where it was last seen.
Removal remove_here(const Maildir& maildir, const Catalog& catalog, size_t n,
                    uint64_t& size, bool& has_links) {
  const Message message = catalog.message(n);
  if (catalog.damaged()) {
    errno = EIO;
    return Removal::Failed;
  }
  const char* const name = message.name.data();
  struct stat file {};
  if (!maildir.look_at(message.folder, name, file))
    return errno == ENOENT ? Removal::Missing : Removal::Failed;
  // Another file may have its name now, which the client never saw.  If that is
  // not a message, it may have got the inode number of the removed file.
  if (!S_ISREG(file.st_mode) ||
      !is_file_of(message, file.st_ino, fingerprint_of(file)))
    return Removal::Missing;
  size = static_cast<uint64_t>(file.st_size);
  has_links = file.st_nlink > 1;
  if (unlinkat(maildir.folder(message.folder), name, 0) == 0)
    return Removal::Done;
  return errno == ENOENT ? Removal::Missing : Removal::Failed;
}

void note_failed(const Catalog& catalog, size_t n, const lib::Error& error,
                 UpdateResult& result) {
  ++result.failed;
  result.failed_octets += catalog.message(n).octets;
  std::erase(result.unlinked, n);  // its other link stays
  keep_first(result.removed, error, n);
}

// Removes what it can, and leaves in pending what has to be looked for under
// another name: files that were renamed, and messages that may have a second
// link, which a move that stopped halfway leaves.  A message that kept one of
// its links would come back.
void remove_known(const Maildir& maildir, const Catalog& catalog, bool is_first,
                  bool wants_unlinked, std::vector<size_t>& pending,
                  UpdateResult& result, QuotaChange& quota) {
  std::vector<size_t> missing;
  for (const size_t n : pending) {
    uint64_t size = 0;
    bool has_links = false;
    const Removal removal = remove_here(maildir, catalog, n, size, has_links);
    if (removal == Removal::Failed) {
      note_failed(catalog, n, lib::Error::from_errno("remove a message"),
                  result);
      continue;
    }
    const bool is_done = removal == Removal::Done;
    const bool has_twin = has_links || catalog.has_twin(n);
    if (is_done && (is_first || !has_twin))
      quota.remove(catalog.message(n).name, size);
    if (is_done && wants_unlinked) result.unlinked.push_back(n);
    if (!is_done || has_twin) missing.push_back(n);
  }
  pending = std::move(missing);
}

// Finds the new names.  Takes a message off pending if its file is gone, which
// is what the client wants.
lib::Status find_again(Maildir& maildir, Catalog& catalog, Renames& renames,
                       Attempts& attempts, std::vector<size_t>& pending) {
  lib::Status followed = renames.follow(maildir, catalog, attempts);
  if (followed.ok() && catalog.damaged()) followed = catalog.damage();
  if (followed.ok())
    std::erase_if(pending, [&renames](size_t n) {
      return renames.where(n) != Whereabouts::There;
    });
  return followed;
}

void remove_deleted(Maildir& maildir, Mailbox& mailbox, Renames& renames,
                    bool wants_unlinked, UpdateResult& result,
                    QuotaChange& quota) {
  Catalog& catalog = mailbox.catalog();
  std::vector<size_t> pending;
  pending.reserve(mailbox.deleted_count());
  for (size_t n = 0; pending.size() < mailbox.deleted_count(); ++n)
    if (mailbox.is_deleted(n)) pending.push_back(n);
  lib::Status looked;
  Attempts attempts;
  bool is_first = true;
  do {
    remove_known(maildir, catalog, is_first, wants_unlinked, pending, result,
                 quota);
    is_first = false;
    if (pending.empty()) return;
    looked = find_again(maildir, catalog, renames, attempts, pending);
  } while (looked.ok() && !pending.empty() && attempts.again());
  const lib::Error ever_renamed{"remove a message under ever new names", 0};
  for (const size_t n : pending)
    note_failed(catalog, n, looked.ok() ? ever_renamed : looked.error(),
                result);
}

// Ok also if another program has moved the message meanwhile.
lib::Status move_message(const Maildir& maildir, const char* name) {
  CurName target = name_in_cur(name);
  if (target.empty())
    return lib::Error{"move a message from new/ to cur/", ENAMETOOLONG};
  if (rename_no_replace(maildir.folder(Folder::New), name,
                        maildir.folder(Folder::Cur), target.c_str()) ||
      errno == ENOENT)
    return {};
  return lib::Error::from_errno("move a message from new/ to cur/");
}

// The file system's clock: the mtime of a new file.
bool clock_of(int directory, time_t& now) {
  const lib::UniqueFd file = create_unnamed_file(directory, "clock");
  struct stat status {};
  if (!file.valid() || fstat(file.get(), &status) != 0) return false;
  now = status.st_mtim.tv_sec;
  return true;
}

bool is_unused_since(int directory, const char* name, time_t moment) {
  struct stat file {};
  return fstatat(directory, name, &file, AT_SYMLINK_NOFOLLOW) == 0 &&
         S_ISREG(file.st_mode) &&
         std::max({file.st_atim.tv_sec, file.st_mtim.tv_sec,
                   file.st_ctim.tv_sec}) < moment;
}

}  // namespace

UpdateResult update(Maildir& maildir, Mailbox& mailbox, Renames& renames,
                    bool move_new, bool wants_unlinked) {
  UpdateResult result;
  QuotaChange quota;
  remove_deleted(maildir, mailbox, renames, wants_unlinked, result, quota);
  std::ranges::sort(result.unlinked);
  result.unlinked.erase(
      std::unique(result.unlinked.begin(), result.unlinked.end()),
      result.unlinked.end());
  if (quota.count() != 0) {
    const auto noted = append_to_quota(maildir.root(), quota.line());
    if (!noted.ok())
      result.quota = noted.error();
    else
      result.has_no_quota = noted.value() == QuotaFile::NoQuota;
  }
  if (!move_new || maildir.folder(Folder::Cur) < 0) return result;
  const Catalog& catalog = mailbox.catalog();
  for (size_t n = 0; (n = catalog.next_in_new(n)) < mailbox.size(); ++n) {
    if (mailbox.is_deleted(n)) continue;
    const Message message = catalog.message(n);
    if (catalog.damaged()) break;
    if (message.folder != Folder::New) continue;
    keep_first(result.moved, move_message(maildir, message.name.data()), n);
  }
  return result;
}

void sweep_tmp(Maildir& maildir, int64_t stale_seconds) {
  constexpr int kMost = 1000;
  const int directory = maildir.tmp();
  if (directory < 0) return;
  DirectoryReader reader(directory, maildir.buffer().span());
  DirectoryReader::Entry entry{};
  time_t now = 0;
  for (int i = 0; i < kMost && reader.next(entry); ++i) {
    if (!may_be_message(directory, entry)) continue;
    // Saves creating a file if there is nothing to sweep.
    if (!is_unused_since(directory, entry.name, time(nullptr) - stale_seconds))
      continue;
    if (now == 0 && !clock_of(directory, now)) return;
    if (is_unused_since(directory, entry.name, now - stale_seconds))
      (void)unlinkat(directory, entry.name, 0);
  }
}

}  // namespace pop3d
