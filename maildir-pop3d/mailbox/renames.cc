// SPDX-License-Identifier: ISC
#include "maildir-pop3d/mailbox/renames.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <numeric>
#include <span>

#include "lib/text/byte_search.h"
#include "maildir-pop3d/index/match.h"

namespace pop3d {

// One look: the messages against the files that are there.
class Search {
 public:
  Search(const Maildir& maildir, Catalog& catalog, const Sightings& there)
      : maildir_(maildir), catalog_(catalog), there_(there) {}

  // The messages whose own file is not there, by n.
  std::vector<Renames::Lost> run();

 private:
  // The files [begin, end) have the message's unique name.
  struct Unsure {
    size_t n;
    uint32_t begin, end;
  };

  void find_by_name();
  bool find_by_inode(const Unsure& message);
  bool is_replaced(const Unsure& message);
  bool looks_like(size_t n, const Sighting& file) const;
  void move_to(size_t n, const Sighting& file);

  const Maildir& maildir_;
  Catalog& catalog_;
  const Sightings& there_;
  std::vector<Unsure> unsure_;
  std::vector<uint32_t> by_inode_;  // places in there_.files()
  std::vector<bool> is_taken_;      // files that are found messages
};

void Search::move_to(size_t n, const Sighting& file) {
  const Folder folder = there_.names().folder(file.name);
  const std::string_view name = there_.names().view(file.name);
  const Message known = catalog_.message(n);
  if (known.folder != folder || !lib::are_equal(known.name, name))
    catalog_.move(n, folder, name);
}

// Both are sorted by time and unique name: one pass over each.
void Search::find_by_name() {
  const auto& files = there_.files();
  uint32_t begin = 0;
  uint32_t end = 0;
  for (size_t n = 0; n < catalog_.count(); ++n) {
    const Message message = catalog_.original(n);
    if (catalog_.damaged()) return;
    const auto order = [&](uint32_t i) {
      return compare(there_, files[i], message.name);
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

// A number that was given to another file since has another fingerprint with
// it.
bool Search::looks_like(size_t n, const Sighting& file) const {
  struct stat status {};
  return fstatat(maildir_.folder(there_.names().folder(file.name)),
                 there_.names().name(file.name), &status,
                 AT_SYMLINK_NOFOLLOW) == 0 &&
         fingerprint_of(status) == catalog_.original(n).fingerprint;
}

// Under whatever name.
bool Search::find_by_inode(const Unsure& message) {
  constexpr int kMost = 16;  // of one number: some file systems tell none
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

// Where directories do not tell the numbers that files have it may be the file
// itself.
bool Search::is_replaced(const Unsure& message) {
  if (message.end - message.begin != 1 || is_taken_[message.begin])
    return false;
  move_to(message.n, there_.files()[message.begin]);
  return true;
}

std::vector<Renames::Lost> Search::run() {
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
    const bool replaced = is_replaced(it);
    if (!replaced || !looks_like(it.n, there_.files()[it.begin]))
      lost.push_back({it.n, replaced});
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
  const auto is_unchanged = [](const DirectoryWatch& it) {
    return it.is_unchanged();
  };
  if (watches_ && std::ranges::all_of(*watches_, is_unchanged)) return {};
  Watches watches = watch_folders(maildir);
  watches_.reset();
  Sightings there;
  lib::Status status = read_folders(maildir, there, watches, attempts);
  if (!status.ok()) return status;
  lost_ = Search(maildir, catalog, there).run();
  catalog.settle_moves();
  watches_ = watches;
  return {};
}

}  // namespace pop3d
