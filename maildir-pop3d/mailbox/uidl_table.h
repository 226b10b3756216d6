// SPDX-License-Identifier: ISC
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "maildir-pop3d/mailbox/uidl_pattern.h"

// Parses the file in which another POP3 server keeps the unique ids of a
// Maildir (pure).  Users who move here from it keep their ids, so that no
// client fetches its mail again.
namespace pop3d {

enum class UidlFormat : uint8_t {
  Name,     // no list: the unique part of the file's name
  Dovecot,  // dovecot-uidlist, by a pop3_uidl_format
  Courier,  // courierpop3dsizelist
  File,     // lines "name uidl"
  Base,     // no list: the name's base
};

// Why a text is not a valid list.
struct UidlFault {
  const char* why;  // as lib::Error::doing
  size_t line;      // counted from 1; 0 if no line is to blame
};

class UidlTable {
 public:
  // Enough for a million messages.  An entry takes less than 100 bytes.
  static constexpr size_t kMostEntries = size_t{1} << 20U;
  static constexpr const char* kEmpty =
      "use the list of unique ids: it is empty";

  UidlTable() = default;
  // Borrows text and pattern, a valid one, for Dovecot.  If the text has a
  // fault, the table is empty: the text was cut short or not written by its
  // server, and its ids may be those of other messages.  Skips blank lines and
  // unique ids that RFC 1939 does not allow. If a name has several entries, the
  // last one counts; if a unique id has several, the first one does.
  UidlTable(UidlFormat format, std::string_view text,
            std::string_view pattern = kDovecotsDefault,
            size_t most = kMostEntries);

  // More entries than most are a fault, too.
  [[nodiscard]] const std::optional<UidlFault>& fault() const { return fault_; }

  // unique is the name of a message up to its ':'.
  [[nodiscard]] std::optional<Uidl> find(std::string_view unique) const;
  // True if find() gives this unique id to any name.
  [[nodiscard]] bool has_uidl(std::string_view uidl) const;
  [[nodiscard]] size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    std::string_view name;  // up to its ':'
    std::string_view uidl;  // in the text; if empty, the other parts make it
    std::string_view guid;  // Dovecot's
    uint64_t number = 0;
    uint64_t validity = 0;
  };

  template <typename Parse>
  void parse_lines(std::string_view text, size_t line, Parse parse);
  void parse_dovecot(std::string_view text);
  static std::optional<Entry> courier_entry(std::string_view line,
                                            bool has_numbers);
  void parse_courier(std::string_view text);
  void parse_file(std::string_view text);
  void blame(const char* why, size_t line) { fault_ = {why, line}; }
  void sort_entries();
  [[nodiscard]] Uidl uidl_of(const Entry& entry) const;
  static Uidl courier_uidl(const Entry& entry);

  UidlFormat format_ = UidlFormat::Name;
  std::string_view pattern_;
  size_t most_ = kMostEntries;
  std::optional<UidlFault> fault_;
  std::vector<Entry> entries_;  // by name
  std::vector<uint64_t> ids_;   // sorted hashes of all unique ids
};

}  // namespace pop3d
