// SPDX-License-Identifier: ISC
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "lib/crypto/md5.h"
#include "lib/io/unique_fd.h"
#include "lib/result.h"
#include "maildir-pop3d/mailbox/uidl_table.h"

namespace pop3d {

// --uidl: where unique ids come from.
struct UidlSource {
  UidlFormat format = UidlFormat::Name;
  const char* path = nullptr;  // only for File; from the current directory
  std::string_view pattern = kDovecotsDefault;  // only for Dovecot

  // The list's file: a name in the Maildir, or path.  Null for Name and
  // Base.
  [[nodiscard]] const char* file() const;
};

// Parses "name", "base", "dovecot", "dovecot:FORMAT", "courier" or "file:PATH";
// borrows FORMAT and PATH.
std::optional<UidlSource> parse_uidl_source(const char* text);

// Another server's list of unique ids.  Opened when the session starts, and
// read when a client first asks for an id: up to 128 MiB, and a table.  Ignores
// what is appended after that.  If the list changes in any other way it fails,
// because its ids may be those of other messages.
class UidlList {
 public:
  // The lists of Dovecot and Courier are in the Maildir; if there is none yet,
  // it counts as having no entries.  The list has failed if it cannot be
  // opened, is not a regular file, is empty or larger than 128 MiB, or if
  // File's PATH does not exist: with other ids clients would fetch everything
  // again.
  static UidlList open(int maildir, const UidlSource& source);

  // The id of the message with this unique name.  nullopt if the list has none
  // or cannot be used; in that case failed() is true from then on.
  std::optional<Uidl> find(std::string_view unique);
  // True if the list gives this id to any name.  False also if the list cannot
  // be used, as above.
  bool has_uidl(std::string_view uidl);
  [[nodiscard]] UidlFormat format() const { return source_.format; }
  // Reads the list if that was not done yet; false if it cannot be used.
  bool is_sound();
  [[nodiscard]] bool failed() const { return !status_.ok(); }
  // Why it failed, with the list's name; only valid if failed().
  [[nodiscard]] lib::Error error() const {
    return status_.error().about(source_.file());
  }
  // The damaged line, counted from 1; 0 if no line is to blame.
  [[nodiscard]] size_t line() const { return line_; }

  // Gives back its memory until the list is used again.
  void release_memory();

 private:
  explicit UidlList(const UidlSource& source) : source_(source) {}

  [[nodiscard]] bool is_as_opened() const;
  lib::Status check_file();
  lib::Status load();

  UidlSource source_;
  lib::UniqueFd file_;
  uint64_t size_ = 0;  // when it was opened
  int64_t modified_ns_ = 0;
  std::optional<lib::Md5Digest> digest_;  // of what was read first
  lib::Status status_;
  size_t line_ = 0;
  std::vector<char> text_;
  std::optional<UidlTable> table_;  // of text_
};

}  // namespace pop3d
