// SPDX-License-Identifier: ISC
#include "maildir-pop3d/mailbox/renames.h"

#include <sys/stat.h>

#include <algorithm>
#include <numeric>

#include "lib/text/byte_search.h"

namespace pop3d {

// Matches the messages with the files that are there.
class RenameSearch {
 public:
  RenameSearch(const Maildir& maildir, Catalog& catalog,
               const ScannedFiles& there)
      : maildir_(maildir), catalog_(catalog), there_(there) {}

  // Returns the messages whose own file is not there, sorted by n.
  std::vector<Renames::Lost> run();

 private:
  // A message that was not found by its name: not exactly one file has its
  // unique name, or that file has another inode number.  The files [begin, end)
  // have its unique name.
  struct Unsure {
    size_t n;
    uint32_t begin, end;
  };

  void find_by_name();
  bool find_by_inode(const Unsure& message);
  bool looks_like(size_t n, const ScannedFile& file) const;
  void move_to(size_t n, const ScannedFile& file);

  const Maildir& maildir_;
  Catalog& catalog_;
  const ScannedFiles& there_;
  std::vector<Unsure> unsure_;
  std::vector<uint32_t> by_inode_;  // places in there_.files()
  std::vector<bool> is_taken_;      // by file: it is a message's
};

void RenameSearch::move_to(size_t n, const ScannedFile& file) {
  const Folder folder = there_.names().folder(file.name);
  const std::string_view name = there_.names().view(file.name);
  const Message known = catalog_.message(n);
  if (known.folder != folder || !lib::are_equal(known.name, name))
    catalog_.move(n, folder, name);
}

// Messages and files have the same order: one pass over both.
void RenameSearch::find_by_name() {
  const auto& files = there_.files();
  uint32_t begin = 0;
  uint32_t end = 0;
  for (size_t n = 0; n < catalog_.count(); ++n) {
    const Message message = catalog_.original(n);
    if (catalog_.damaged()) return;
    const auto order = [&](uint32_t i) {
      return compare_to_name(there_, files[i], message.name);
    };
    if (begin == end || order(begin) != 0) {
      for (begin = end; begin < files.size() && order(begin) < 0;) ++begin;
      for (end = begin; end < files.size() && order(end) == 0;) ++end;
    }
    if (end - begin == 1 && files[begin].inode == message.inode) {
      is_taken_[begin] = true;
      move_to(n, files[begin]);
    } else {
      unsure_.push_back({n, begin, end});
    }
  }
}

// True if the file has the message's fingerprint: its inode number was not
// given to another file.
bool RenameSearch::looks_like(size_t n, const ScannedFile& file) const {
  struct stat status {};
  return maildir_.look_at(there_.names().folder(file.name),
                          there_.names().name(file.name), status) &&
         fingerprint_of(status) == catalog_.original(n).fingerprint;
}

bool RenameSearch::find_by_inode(const Unsure& message) {
  constexpr int kMost = 16;  // some file systems give all files one number
  const auto& files = there_.files();
  const uint64_t inode = catalog_.original(message.n).inode;
  const auto inode_of = [&](uint32_t i) { return files[i].inode; };
  auto at = std::ranges::lower_bound(by_inode_, inode, {}, inode_of);
  for (int i = 0; i < kMost && at != by_inode_.end() && inode_of(*at) == inode;
       ++i, ++at) {
    const bool has_name = *at >= message.begin && *at < message.end;
    if (is_taken_[*at] || (!has_name && !looks_like(message.n, files[*at])))
      continue;
    is_taken_[*at] = true;
    move_to(message.n, files[*at]);
    return true;
  }
  return false;
}

std::vector<Renames::Lost> RenameSearch::run() {
  is_taken_.resize(there_.files().size());
  find_by_name();
  if (unsure_.empty() || catalog_.damaged()) return {};
  by_inode_.resize(there_.files().size());
  std::iota(by_inode_.begin(), by_inode_.end(), 0U);
  std::ranges::sort(by_inode_, {},
                    [this](uint32_t i) { return there_.files()[i].inode; });
  std::erase_if(unsure_,
                [this](const Unsure& it) { return find_by_inode(it); });
  std::vector<Renames::Lost> lost;
  for (const Unsure& it : unsure_) {
    const bool is_replaced = it.end - it.begin == 1 && !is_taken_[it.begin];
    if (is_replaced) {
      const ScannedFile& file = there_.files()[it.begin];
      move_to(it.n, file);
      if (looks_like(it.n, file)) continue;
    }
    lost.push_back({it.n, is_replaced});
  }
  return lost;
}

Whereabouts Renames::where(size_t n) const {
  const auto lost = std::ranges::lower_bound(lost_, n, {}, &Lost::n);
  if (lost == lost_.end() || lost->n != n) return Whereabouts::There;
  return lost->is_replaced ? Whereabouts::Replaced : Whereabouts::Gone;
}

lib::Status Renames::follow(Maildir& maildir, Catalog& catalog,
                            Attempts& attempts) {
  if (watches_ && std::ranges::all_of(*watches_, &DirectoryWatch::is_unchanged))
    return {};
  Watches watches = watch_folders(maildir);
  watches_.reset();
  ScannedFiles there;
  lib::Status status = read_folders(maildir, there, watches, attempts);
  if (!status.ok()) return status;
  lost_ = RenameSearch(maildir, catalog, there).run();
  catalog.settle_moves();
  watches_ = watches;
  return {};
}

}  // namespace pop3d
