// SPDX-License-Identifier: ISC
#include "maildir-pop3d/extensions/bulletins.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <ctime>
#include <string>
#include <vector>

#include "lib/io/io.h"
#include "lib/io/unique_fd.h"
#include "lib/text/text.h"
#include "maildir-pop3d/extensions/bulletin_text.h"
#include "maildir-pop3d/extensions/popbull.h"
#include "maildir-pop3d/maildir/directory.h"
#include "maildir-pop3d/maildir/quota.h"

namespace pop3d {
namespace {

constexpr int kOpenDirectory = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
constexpr int kCreate = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;

constexpr size_t kEntryBuffer = 8192;

struct Bulletin {
  BulletinId id;
  std::string name;
};

void sort_and_place(std::vector<Bulletin>& bulletins) {
  std::ranges::sort(bulletins, [](const Bulletin& a, const Bulletin& b) {
    if (a.id.number != b.id.number) return a.id.number < b.id.number;
    return a.name < b.name;
  });
  for (size_t i = 1; i < bulletins.size(); ++i)
    if (bulletins[i].id.number == bulletins[i - 1].id.number)
      bulletins[i].id.place = bulletins[i - 1].id.place + 1;
}

void log_bulletin(const lib::Log& log, std::string_view cause,
                  std::string_view file) {
  lib::LogLine(log, "bulletin", lib::Log::Level::Warning)
      .field("cause", cause)
      .field("file", file)
      .field("user", log.user());
}

lib::Result<std::vector<Bulletin>> list_bulletins(int directory,
                                                  const lib::Log& log) {
  alignas(8) std::array<char, kEntryBuffer> buffer;
  DirectoryReader reader(directory, buffer);
  DirectoryReader::Entry entry{};
  std::vector<Bulletin> bulletins;
  while (reader.next(entry)) {
    if (!lib::is_digit(entry.name[0]) || type_of(directory, entry) != DT_REG)
      continue;
    if (const auto number = bulletin_number(entry.name))
      bulletins.push_back({{*number, 0}, entry.name});
    else
      log_bulletin(log, "number", entry.name);
  }
  if (!reader.status().ok())
    return lib::Error{"read the bulletin directory",
                      reader.status().error().code};
  sort_and_place(bulletins);
  return bulletins;
}

// Appends the bulletins that a folder of the Maildir holds already.
lib::Status note_delivered(int maildir, const char* folder,
                           std::vector<BulletinId>& into) {
  constexpr const char* kDoing = "look for old bulletins";
  const lib::UniqueFd directory(openat(maildir, folder, kOpenDirectory));
  if (!directory.valid() && errno == ENOENT) return {};
  if (!directory.valid()) return lib::Error::from_errno(kDoing);
  alignas(8) std::array<char, kEntryBuffer> buffer;
  DirectoryReader reader(directory.get(), buffer);
  DirectoryReader::Entry entry{};
  while (reader.next(entry))
    if (const auto id = bulletin_of(entry.name)) into.push_back(*id);
  if (!reader.status().ok())
    return lib::Error{kDoing, reader.status().error().code};
  return {};
}

// Copies one bulletin into the Maildir: tmp/, then new/.
class Delivery {
 public:
  Delivery(int maildir, std::string_view user, std::string_view host)
      : maildir_(maildir),
        user_(user),
        host_(host),
        new_(openat(maildir, "new", kOpenDirectory)),
        tmp_(openat(maildir, "tmp", kOpenDirectory)) {}

  lib::Status deliver(int directory, const Bulletin& bulletin) const {
    const lib::UniqueFd source(
        openat(directory, bulletin.name.c_str(),
               O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
    if (!source.valid()) return lib::Error::from_errno("open a bulletin");
    BulletinName name =
        bulletin_name(static_cast<uint64_t>(time(nullptr)), bulletin.id, host_);
    lib::FixedText<200> aside;
    (aside << name.view() << '.').number(static_cast<uint64_t>(getpid()));
    (void)unlinkat(tmp_.get(), aside.c_str(), 0);
    const lib::UniqueFd copy(openat(tmp_.get(), aside.c_str(), kCreate, 0600));
    if (!copy.valid())
      return lib::Error::from_errno("create a bulletin in tmp/");
    const auto bytes = write_copy(source.get(), copy.get());
    if (bytes.ok() &&
        renameat(tmp_.get(), aside.c_str(), new_.get(), name.c_str()) == 0) {
      add_to_quota(bytes.value());
      return {};
    }
    const lib::Error error =
        bytes.ok() ? lib::Error::from_errno("move a bulletin") : bytes.error();
    (void)unlinkat(tmp_.get(), aside.c_str(), 0);
    return error;
  }

 private:
  [[nodiscard]] lib::Result<uint64_t> write_copy(int source, int copy) const {
    BulletinCopy rewriting(user_, host_);
    std::array<char, 16384> chunk;
    std::string text;
    uint64_t bytes = 0;
    ssize_t got = 1;
    while (got > 0) {
      got = lib::read_some(source, chunk);
      if (got < 0) return lib::Error::from_errno("read a bulletin");
      text.clear();
      if (got > 0)
        rewriting.add({chunk.data(), static_cast<size_t>(got)}, text);
      else
        rewriting.finish(text);
      if (!lib::write_all(copy, text))
        return lib::Error::from_errno("write a bulletin");
      bytes += text.size();
    }
    if (fsync(copy) != 0) return lib::Error::from_errno("write a bulletin");
    return bytes;
  }

  // Records the delivery in maildirsize, if that file exists, as Maildir++
  // asks.
  void add_to_quota(uint64_t bytes) const {
    QuotaLine line;
    line.number(bytes) << " 1";
    // A failure does no harm: other programs count again by themselves.
    (void)append_to_quota(maildir_, line).ok();
  }

  int maildir_;
  std::string_view user_;
  std::string_view host_;
  lib::UniqueFd new_;
  lib::UniqueFd tmp_;
};

struct Delivered {
  unsigned count = 0;
  uint32_t last = 0;  // the number for .popbull
  lib::Status status;
};

Delivered deliver_above(uint32_t last, int directory,
                        const std::vector<Bulletin>& bulletins, int maildir,
                        const Delivery& delivery, const lib::Log& log) {
  Delivered done{.last = last};
  std::vector<BulletinId> there;
  done.status = note_delivered(maildir, "new", there);
  if (done.status.ok()) done.status = note_delivered(maildir, "cur", there);
  if (!done.status.ok()) return done;
  for (const Bulletin& bulletin : bulletins) {
    if (bulletin.id.number <= last) continue;
    if (std::ranges::find(there, bulletin.id) == there.end()) {
      done.status = delivery.deliver(directory, bulletin);
      // Bulletins that share a number count only if all are delivered.
      if (bulletin.id.place != 0 && !done.status.ok())
        done.last = bulletin.id.number - 1;
      if (!done.status.ok()) {
        log_bulletin(log, "undelivered", bulletin.name);
        return done;
      }
      ++done.count;
    }
    done.last = bulletin.id.number;
  }
  return done;
}

}  // namespace

lib::Result<unsigned> deliver_bulletins(int home, int maildir,
                                        const char* directory,
                                        std::string_view user,
                                        std::string_view host,
                                        const lib::Log& log) {
  const lib::UniqueFd source(open(directory, kOpenDirectory));
  if (!source.valid())
    return lib::Error::from_errno("open the bulletin directory");
  const auto bulletins = list_bulletins(source.get(), log);
  if (!bulletins.ok()) return bulletins.error();
  const auto popbull = open_popbull(home);
  if (!popbull.ok()) return popbull.error();
  if (popbull.value().is_busy) return 0U;
  const auto last = read_popbull(popbull.value());
  if (!last.ok()) return last.error();

  const uint32_t highest =
      bulletins.value().empty() ? 0 : bulletins.value().back().id.number;
  // If the new number could not be written, the bulletins would be delivered
  // again in every session.  So the old one is written first, as a test.
  const uint32_t now = last.value().value_or(highest);
  if (last.value() && highest <= now) return 0U;
  lib::Status noted = write_popbull(popbull.value(), now);
  if (!noted.ok()) return noted.error();
  if (!last.value()) return 0U;
  const Delivered done =
      deliver_above(now, source.get(), bulletins.value(), maildir,
                    Delivery(maildir, user, host), log);
  if (done.last != now) noted = write_popbull(popbull.value(), done.last);
  if (!noted.ok()) return noted.error();
  if (!done.status.ok()) return done.status.error();
  return done.count;
}

}  // namespace pop3d
