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
  const char* path = nullptr;  // of File alone; from the current directory

  // The list's name: in the Maildir, or path.  Null for Name.
  [[nodiscard]] const char* file() const;
};

// "name", "dovecot", "courier" or "file:PATH", which is borrowed; nullopt for
// anything else.
std::optional<UidlSource> parse_uidl_source(const char* text);

// Another server's list of unique ids, opened when the session starts and read
// where a client asks for one, in memory of 128 MiB and a table at the most.
// What is appended once it has been read is not seen; a list that has changed
// in any other way gives no ids any more, because they could be others.
class UidlList {
 public:
  // maildir holds the lists of Dovecot and Courier; one that is not there yet
  // has no entries.  failed() is true if the list is there and cannot be
  // opened, is not a regular file, is empty or larger than 128 MiB, or if PATH
  // of File does not exist: with other ids clients would fetch everything
  // again.
  static UidlList open(int maildir, const UidlSource& source);

  // The id of the message with this unique name.  nullopt where the list has
  // none, or where it could not be used: then failed() is true from now on.
  std::optional<Uidl> find(std::string_view unique);
  // The list gives this id to a message of whatever name; false where it
  // could not be used, as above.
  bool hands_out(std::string_view uidl);
  // Reads it, if that is still to be done; false if it could not be used.
  bool is_sound();
  [[nodiscard]] bool failed() const { return !status_.ok(); }
  // Why, if it failed; names the list.
  [[nodiscard]] lib::Error error() const {
    return status_.error().about(path_);
  }
  // The line where the list is damaged; 0 if no line is.
  [[nodiscard]] size_t line() const { return line_; }

  // Gives its memory back until it is asked again.
  void rest();

 private:
  explicit UidlList(const UidlSource& source);

  [[nodiscard]] bool is_as_opened() const;
  lib::Status look();
  lib::Status read_text();
  lib::Status load();
  bool is_ready();

  UidlFormat format_;
  const char* path_;
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
