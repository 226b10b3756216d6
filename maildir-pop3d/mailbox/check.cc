// SPDX-License-Identifier: ISC
#include "maildir-pop3d/mailbox/check.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "lib/io/io.h"
#include "lib/io/log.h"
#include "maildir-pop3d/index/reader.h"
#include "maildir-pop3d/index/refresh.h"
#include "maildir-pop3d/mailbox/uidl.h"
#include "maildir-pop3d/maildir/directory_state.h"
#include "maildir-pop3d/maildir/filename.h"
#include "maildir-pop3d/maildir/odd_entries.h"
#include "maildir-pop3d/maildir/scan.h"

namespace pop3d {
namespace {

using Line = lib::LogText;

class Report {
 public:
  void print(Line& line) const {
    (void)lib::write_all(STDOUT_FILENO, line.ended_by('\n'));
  }
  // Prints "cur/NAME: text", the name quoted as in a log line.
  void differ(Folder folder, std::string_view name, std::string_view text) {
    Line line;
    lib::append_log_value(line, path_of({folder, name}).view());
    line << ": " << text;
    ++differences_;
    print(line);
  }
  void differ(Line& line) {
    ++differences_;
    print(line);
  }
  [[nodiscard]] size_t differences() const { return differences_; }

 private:
  size_t differences_ = 0;
};

// One directory, and its index.
struct Side {
  Folder folder;
  DirectoryState state;
  ScannedFiles files;
  uint64_t octets = 0;
  size_t gone = 0;  // renamed, removed or replaced since the names were read
  std::optional<IndexReader> index;
  bool is_current = false;
};

lib::FixedText<100> octets_text(uint64_t octets, std::string_view who,
                                uint64_t said) {
  lib::FixedText<100> text;
  text << "makes ";
  text.number(octets) << " octets, " << who << " says ";
  text.number(said);
  return text;
}

// Counts the message's octets and compares them with those in its name.
void measure_and_compare(Maildir& maildir, Side& side, ScannedFile& file,
                         Report& report) {
  const char* const name = side.files.names().name(file.name);
  const auto message = maildir.open_file(side.folder, name);
  if (!message.ok()) {
    const int code = message.error().code;
    // Code 0: something else has taken the name since.
    if (code == ENOENT || code == 0) return void(++side.gone);
    Line text;
    text << "cannot be read: " << strerror(code);
    return report.differ(side.folder, name, text.view());
  }
  const auto octets = count_octets(message.value(), maildir.buffer().span());
  if (!octets.ok())
    return report.differ(side.folder, name, "cannot be read to its end");
  file.octets = octets.value();
  file.fingerprint = message.value().fingerprint;
  file.measured = true;
  side.octets += file.octets;
  const auto said =
      octets_hint(size_hints(unique_part(name)), message.value().size);
  if (said && *said != file.octets)
    report.differ(side.folder, name,
                  octets_text(file.octets, "its name", *said).view());
}

lib::Status read_side(Maildir& maildir, Side& side) {
  const int directory = maildir.folder(side.folder);
  side.state = state_of(directory);
  if (lib::Status status =
          read_folder_unchecked(maildir, side.folder, side.files);
      !status.ok())
    return status;
  side.files.sort_unique();
  auto index = open_index(maildir, side.folder);
  if (index) side.index.emplace(std::move(*index));
  side.is_current = side.index && side.index->header().settled &&
                    side.index->header().directory == side.state;
  return {};
}

// These do not count as differences, because a session leaves them out, too.
lib::Status name_odd_entries(Maildir& maildir, Folder folder,
                             const Report& report) {
  return visit_odd_entries(maildir, folder, [&](const char* name, size_t kind) {
    Line line;
    lib::append_log_value(line, path_of({folder, name}).view());
    line << ": left out, not a file: " << kOddKinds[kind];
    report.print(line);
  });
}

void compare_with_record(const Side& side, const ScannedFile& file,
                         const Message& record, Report& report) {
  const char* const name = side.files.names().name(file.name);
  if (file.inode != record.inode || record.name != name) {
    if (side.is_current)
      report.differ(side.folder, name, "another file in its index");
    if (file.inode != record.inode) return;
  }
  if (file.measured && file.octets != record.octets)
    report.differ(side.folder, name,
                  octets_text(file.octets, "its index", record.octets).view());
}

void report_missing(const Side& side, const ScannedFile& file, Report& report) {
  if (side.is_current)
    report.differ(side.folder, side.files.names().name(file.name),
                  "not in its index");
}

// Files and records have the same order.  False if the index is damaged.
bool compare_records(Side& side, Report& report) {
  const auto& files = side.files.files();
  uint64_t octets = 0;
  size_t i = 0;
  for (uint64_t n = 0; n < side.index->header().records; ++n) {
    const Message record = side.index->record(n);
    if (record.name.empty()) return false;
    octets += record.octets;
    for (; i < files.size() &&
           compare_to_name(side.files, files[i], record.name) < 0;
         ++i)
      report_missing(side, files[i], report);
    if (i < files.size() &&
        compare_to_name(side.files, files[i], record.name) == 0)
      compare_with_record(side, files[i++], record, report);
    else if (side.is_current)
      report.differ(side.folder, record.name, "in its index alone");
  }
  for (; i < files.size(); ++i) report_missing(side, files[i], report);
  return octets == side.index->header().octets;
}

void summarise(const Maildir& maildir, const Side& side, const Report& report) {
  struct stat file {};
  std::string_view state = "absent";
  if (side.is_current)
    state = "current";
  else if (side.index)
    state = "outdated";
  else if (fstatat(maildir.root(), index_name(side.folder), &file,
                   AT_SYMLINK_NOFOLLOW) == 0)
    state = "of another version or damaged";
  Line line;
  line << name_of(side.folder) << ": ";
  line.number(side.files.files().size() - side.gone) << " messages, ";
  line.number(side.octets) << " octets; index " << state;
  report.print(line);
}

void compare_index(const Maildir& maildir, Side& side, Report& report) {
  Line line;
  line << name_of(side.folder) << ": ";
  // A change while we read is not a difference.
  if (side.gone != 0 ||
      !(state_of(maildir.folder(side.folder)) == side.state)) {
    line << "changed meanwhile, its index is not compared";
    return report.print(line);
  }
  if (!side.index || compare_records(side, report)) return;
  line << "the index is damaged or does not add up";
  report.differ(line);
}

void report_failed_list(const UidlList& list, Report& report) {
  Line line;
  lib::append_log_value(line, list.error().file);
  line << ": ";
  if (list.line() != 0) (line << "line ").number(list.line()) << ": ";
  line << lib::cause_of(list.error()).view();
  report.differ(line);
}

void check_unique_ids(const Catalog& catalog, UidlList& list, Report& report) {
  // A session would not serve any ids then.
  if (!list.is_sound()) return report_failed_list(list, report);
  std::vector<std::string> ids;
  ids.reserve(catalog.count());
  Uidl made;
  for (size_t n = 0; n < catalog.count(); ++n) {
    const std::string_view base = base_part(catalog.original(n).name);
    const bool is_id = list.format() == UidlFormat::Base && valid_uidl(base);
    ids.emplace_back(is_id ? base : uidl_of(catalog, &list, n, made));
  }
  if (list.failed()) return report_failed_list(list, report);
  std::ranges::sort(ids);
  for (size_t i = 0; i < ids.size();) {
    size_t end = i + 1;
    while (end < ids.size() && ids[end] == ids[i]) ++end;
    if (end - i > 1) {
      Line line;
      line << "unique id " << ids[i] << ": of ";
      line.number(end - i) << " messages";
      report.differ(line);
    }
    i = end;
  }
}

}  // namespace

lib::Result<size_t> check(Maildir& maildir, UidlList& list) {
  Report report;
  ScannedFiles all;
  std::array<Side, 2> sides{Side{.folder = Folder::New},
                            Side{.folder = Folder::Cur}};
  for (Side& side : sides) {
    const lib::Status status = read_side(maildir, side);
    if (!status.ok()) return status.error();
    for (ScannedFile& file : side.files.files())
      measure_and_compare(maildir, side, file, report);
    summarise(maildir, side, report);
    compare_index(maildir, side, report);
    if (const lib::Status named =
            name_odd_entries(maildir, side.folder, report);
        !named.ok())
      return named.error();
    for (const ScannedFile& file : side.files.files())
      if (file.measured) all.add(side.files.message(file));
  }
  all.sort_unique();
  check_unique_ids(Catalog(std::move(all)), list, report);
  Line line;
  line.number(report.differences())
      << (report.differences() == 1 ? " difference" : " differences");
  report.print(line);
  return report.differences();
}

}  // namespace pop3d
