// SPDX-License-Identifier: ISC
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "lib/text/fixed_text.h"
#include "maildir-pop3d/maildir/filename.h"

// The unique ids that another POP3 server gave to the messages of a Maildir,
// as its own file tells them (pure).  Whoever moves here from it keeps them,
// so that no client fetches its mail again.
namespace pop3d {

using Uidl = lib::FixedText<kLongestUidl>;

enum class UidlFormat : uint8_t {
  Name,     // no list: the unique part of the name
  Dovecot,  // dovecot-uidlist, pop3_uidl_format = %08Xu%08Xv (the default)
  Courier,  // courierpop3dsizelist
  File,     // lines "name uidl"
};

// Why a text is not a list of its format.
struct UidlFault {
  const char* why;  // as lib::Error::doing
  size_t line;      // counted from 1; 0 if no line is to blame
};

class UidlTable {
 public:
  // Of a million messages each has one; an entry weighs less than 100 bytes.
  static constexpr size_t kMostEntries = size_t{1} << 20U;
  static constexpr const char* kEmpty =
      "use the list of unique ids: it is empty";

  UidlTable() = default;
  // text outlives the table.  A text with a fault gives an empty table: it was
  // not written by its server, or not to its end, and what it would still give
  // could be the ids of other messages.  Blank lines are skipped, and so are
  // unique ids that RFC 1939 does not allow.  Of several entries for one name
  // the last counts; of several for one unique id only the first does.
  UidlTable(UidlFormat format, std::string_view text,
            size_t most = kMostEntries);

  // More than most entries are a fault, too.
  [[nodiscard]] const std::optional<UidlFault>& fault() const { return fault_; }

  // unique is the name of a message up to its ':'.
  [[nodiscard]] std::optional<Uidl> find(std::string_view unique) const;
  // find() gives this unique id to some name.
  [[nodiscard]] bool hands_out(std::string_view uidl) const;
  [[nodiscard]] size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    std::string_view name;  // up to its ':'
    std::string_view uidl;  // as it is in the text; empty: made of the numbers
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
  void settle();
  [[nodiscard]] Uidl uidl_of(const Entry& entry) const;
  static Uidl courier_uidl(const Entry& entry);

  UidlFormat format_ = UidlFormat::Name;
  size_t most_ = kMostEntries;
  std::optional<UidlFault> fault_;
  std::vector<Entry> entries_;  // by name
  std::vector<uint64_t> ids_;   // hashes of their unique ids, ascending
};

}  // namespace pop3d
