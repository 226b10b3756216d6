// SPDX-License-Identifier: ISC
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "lib/fixed_text.h"
#include "maildir-pop3d/filename.h"

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

class UidlTable {
 public:
  // Of a million messages each has one; an entry weighs less than 100 bytes.
  static constexpr size_t kMostEntries = size_t{1} << 20U;

  UidlTable() = default;
  // text outlives the table.  Lines that are no entries are skipped, and so
  // are unique ids that RFC 1939 does not allow.  Of several entries for one
  // name the last counts; of several for one unique id only the first does.
  // Of more than most entries none counts, and too_many() is true.
  UidlTable(UidlFormat format, std::string_view text,
            size_t most = kMostEntries);

  [[nodiscard]] bool too_many() const { return too_many_; }

  // unique is the name of a message up to its ':'.
  [[nodiscard]] std::optional<Uidl> find(std::string_view unique) const;
  // find() gives this unique id to some name.
  [[nodiscard]] bool hands_out(std::string_view uidl) const;
  [[nodiscard]] size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    std::string_view name;
    std::string_view uidl;  // as it is in the text; empty: made of the numbers
    uint64_t number = 0;
    uint64_t validity = 0;
  };

  void add(const Entry& entry);
  void parse_dovecot(std::string_view text);
  void parse_courier(std::string_view text);
  void parse_file(std::string_view text);
  void settle();
  [[nodiscard]] Uidl uidl_of(const Entry& entry) const;
  static Uidl courier_uidl(const Entry& entry);

  UidlFormat format_ = UidlFormat::Name;
  size_t most_ = kMostEntries;
  bool too_many_ = false;
  std::vector<Entry> entries_;  // by name
  std::vector<uint64_t> ids_;   // hashes of their unique ids, ascending
};

}  // namespace pop3d
