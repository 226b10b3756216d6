// SPDX-License-Identifier: ISC
#include "maildir-pop3d/mailbox/uidl_table.h"

#include <algorithm>
#include <utility>

#include "lib/text/hash.h"
#include "lib/text/text.h"

namespace pop3d {
namespace {

constexpr const char* kNul = "use the list of unique ids: it holds a NUL";
constexpr const char* kCut =
    "use the list of unique ids: its last line has no end";
constexpr const char* kVersion =
    "use the list of unique ids: of an unknown version";
constexpr const char* kHeader =
    "use the list of unique ids: a number is missing in its header";
constexpr const char* kNoEntry =
    "use the list of unique ids: a line is not an entry";
constexpr const char* kDovecots =
    "use the list of unique ids: it is Dovecot's, not one of names and ids";
constexpr const char* kTooMany =
    "use the list of unique ids: more than 1,048,576 entries";

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

size_t line_of(std::string_view text, size_t at) {
  const auto before = text.substr(0, at);
  return 1 + static_cast<size_t>(std::ranges::count(before, '\n'));
}

// Finds what no server writes, but a crash or a full disk leaves.
std::optional<UidlFault> fault_of_text(std::string_view text) {
  if (text.empty()) return UidlFault{UidlTable::kEmpty, 0};
  const size_t nul = text.find('\0');
  if (nul != std::string_view::npos) return UidlFault{kNul, line_of(text, nul)};
  if (!text.ends_with('\n')) return UidlFault{kCut, line_of(text, text.size())};
  return std::nullopt;
}

bool is_control(char c) {
  return static_cast<unsigned char>(c) < ' ' || c == 0x7f;
}

bool is_file_name(std::string_view text) {
  return !text.empty() && text.size() <= kLongestName &&
         text.find('/') == std::string_view::npos;
}

std::string_view next_line(std::string_view& text) {
  const std::string_view line = lib::next_field(text, '\n');
  return line.ends_with('\r') ? line.substr(0, line.size() - 1) : line;
}

// Removes the last word from line and returns it.
std::string_view take_last_word(std::string_view& line) {
  const size_t space = line.rfind(' ');
  if (space == std::string_view::npos) return {};
  const std::string_view word = line.substr(space + 1);
  line = line.substr(0, space);
  return word;
}

struct DovecotHeader {
  uint64_t validity = 0;    // 0: it is not a header
  bool has_fields = false;  // version 3
  const char* why = kVersion;
};

// "3 V<uidvalidity> N<next> ...", in any order; or "1 <uidvalidity> <next>".
DovecotHeader parse_dovecot_header(std::string_view line) {
  DovecotHeader header;
  const std::string_view version = lib::next_field(line, ' ');
  if (version != "1" && version != "3") return header;
  header.has_fields = version == "3";
  header.why = kHeader;
  while (!line.empty()) {
    std::string_view field = lib::next_field(line, ' ');
    if (header.has_fields && !field.starts_with('V')) continue;
    if (header.has_fields) field.remove_prefix(1);
    header.validity = lib::parse_number(field, UINT32_MAX).value_or(0);
    break;
  }
  return header;
}

// nullptr if there is no fault.
const char* fault_of_courier_header(std::string_view line) {
  constexpr uint64_t kNewest = 3;
  line.remove_prefix(1);  // '/'
  const auto version = lib::parse_number(lib::next_field(line, ' '), kNewest);
  if (!version || *version == 0) return kVersion;
  return lib::parse_number(lib::next_field(line, ' ')) ? nullptr : kHeader;
}

// Courier's oldest form of id: the name, with +XX for unsafe characters.
Uidl escaped_name(std::string_view name) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  constexpr std::string_view kUnsafe = "'\"+";
  Uidl uidl;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (c > ' ' && c < 0x7f && kUnsafe.find(c) == std::string_view::npos)
      uidl << c;
    else
      uidl << '+' << kHex[byte / 16] << kHex[byte % 16];
  }
  if (uidl.overflowed()) uidl.clear();
  return uidl;
}

}  // namespace

UidlTable::UidlTable(UidlFormat format, std::string_view text,
                     std::string_view pattern, size_t most)
    : format_(format), pattern_(pattern), most_(most) {
  if (format == UidlFormat::Name || format == UidlFormat::Base) return;
  if (const auto fault = fault_of_text(text))
    fault_ = fault;
  else if (format == UidlFormat::Dovecot)
    parse_dovecot(text);
  else if (format == UidlFormat::Courier)
    parse_courier(text);
  else
    parse_file(text);
  if (fault_) entries_.clear();
  sort_entries();
}

// Parses the lines of text, whose first one has the number line.  parse(line)
// returns an Entry, or nullopt if the line is not an entry.
template <typename Parse>
void UidlTable::parse_lines(std::string_view text, size_t line, Parse parse) {
  for (; !text.empty(); ++line) {
    const std::string_view words = next_line(text);
    if (words.empty()) continue;
    const std::optional<Entry> entry = parse(words);
    if (!entry || !is_file_name(entry->name)) return blame(kNoEntry, line);
    if (entries_.size() == most_) return blame(kTooMany, line);
    entries_.push_back(*entry);
  }
}

// Lines of version 3: "<uid> [<letter><value> ...] :<name>", where the letter P
// precedes a unique id, and G a GUID that is not the name.  Version 1: "<uid>
// <name>".
void UidlTable::parse_dovecot(std::string_view text) {
  constexpr uint64_t kHighest = UINT32_MAX - 1;
  const auto header = parse_dovecot_header(next_line(text));
  if (header.validity == 0) return blame(header.why, 1);
  parse_lines(text, 2, [&](std::string_view line) -> std::optional<Entry> {
    const auto uid = lib::parse_number(lib::next_field(line, ' '), kHighest);
    if (!uid || *uid == 0) return std::nullopt;
    Entry entry{.number = *uid, .validity = header.validity};
    while (header.has_fields && !line.empty() && line[0] != ':') {
      const std::string_view field = lib::next_field(line, ' ');
      if (field.starts_with('P')) entry.uidl = field.substr(1);
      if (field.starts_with('G')) entry.guid = field.substr(1);
    }
    if (header.has_fields && !line.empty()) line.remove_prefix(1);
    entry.name = unique_part(line);
    return entry;
  });
}

// "<name> <size> <number>[:<uidvalidity>[:<utf8>]]", or without the numbers.
std::optional<UidlTable::Entry> UidlTable::courier_entry(std::string_view line,
                                                         bool has_numbers) {
  Entry entry;
  if (has_numbers) {
    std::string_view numbers = take_last_word(line);
    const auto number = lib::parse_number(lib::next_field(numbers, ':'));
    const auto validity =
        numbers.empty() ? 0 : lib::parse_number(lib::next_field(numbers, ':'));
    if (!number || !validity) return std::nullopt;
    entry.number = *number;
    entry.validity = *validity;
  }
  if (!lib::parse_number(take_last_word(line))) return std::nullopt;
  entry.name = unique_part(line);
  return entry;
}

// "/<version> <next> [<uidvalidity>]", then entries.  The oldest versions have
// no such header.
void UidlTable::parse_courier(std::string_view text) {
  const bool has_header = text.starts_with('/');
  if (has_header) {
    if (const char* why = fault_of_courier_header(next_line(text)))
      return blame(why, 1);
  }
  parse_lines(text, has_header ? 2 : 1, [&](std::string_view line) {
    return courier_entry(line, has_header);
  });
}

void UidlTable::parse_file(std::string_view text) {
  if (text.starts_with(kByteOrderMark)) return blame(kNoEntry, 1);
  std::string_view first = text;
  // Every line of Dovecot's list could be a name and an id.
  if (parse_dovecot_header(next_line(first)).validity != 0)
    return blame(kDovecots, 1);
  parse_lines(text, 1, [](std::string_view line) -> std::optional<Entry> {
    if (std::ranges::any_of(line, is_control)) return std::nullopt;
    line = lib::trim_trailing_spaces(line);
    const std::string_view uidl = take_last_word(line);
    if (uidl.empty()) return std::nullopt;
    return Entry{.name = unique_part(lib::trim_trailing_spaces(line)),
                 .uidl = uidl};
  });
}

// Sorts the entries by name, and removes those that do not count.
void UidlTable::sort_entries() {
  std::vector<std::pair<uint64_t, size_t>> seen;
  seen.reserve(entries_.size());
  for (size_t i = 0; i < entries_.size(); ++i) {
    const Uidl uidl = uidl_of(entries_[i]);
    if (valid_uidl(uidl.view()))
      seen.emplace_back(lib::hash_of(uidl.view()), i);
    else
      entries_[i].name = {};
  }
  std::ranges::sort(seen);
  for (size_t i = 1; i < seen.size(); ++i) {
    if (seen[i].first != seen[i - 1].first) continue;
    // An id that belongs to two names; the same line twice is harmless.
    Entry& entry = entries_[seen[i].second];
    if (entry.name != entries_[seen[i - 1].second].name) entry.name = {};
  }
  std::erase_if(entries_,
                [](const Entry& entry) { return entry.name.empty(); });
  std::ranges::sort(entries_, [](const Entry& a, const Entry& b) {
    if (const int order = a.name.compare(b.name); order != 0) return order < 0;
    return a.name.data() < b.name.data();  // by their order in the text
  });
  size_t kept = 0;
  for (size_t i = 0; i < entries_.size(); ++i) {
    if (i + 1 < entries_.size() && entries_[i + 1].name == entries_[i].name)
      continue;
    entries_[kept++] = entries_[i];
  }
  entries_.resize(kept);
  ids_.reserve(kept);
  for (const Entry& entry : entries_)
    ids_.push_back(lib::hash_of(uidl_of(entry).view()));
  std::ranges::sort(ids_);
}

Uidl UidlTable::courier_uidl(const Entry& entry) {
  if (entry.number == 0) return escaped_name(entry.name);
  Uidl uidl;
  uidl << "UID";
  uidl.number(entry.number);
  if (entry.validity != 0) {
    uidl << '-';
    uidl.number(entry.validity);
  }
  return uidl;
}

Uidl UidlTable::uidl_of(const Entry& entry) const {
  if (format_ == UidlFormat::Courier) return courier_uidl(entry);
  if (entry.uidl.empty())
    return expand(pattern_,
                  {entry.number, entry.validity, entry.name, entry.guid});
  Uidl uidl;
  uidl << entry.uidl;
  return uidl;
}

std::optional<Uidl> UidlTable::find(std::string_view unique) const {
  const auto found =
      std::ranges::lower_bound(entries_, unique, {}, &Entry::name);
  if (found == entries_.end() || found->name != unique) return std::nullopt;
  return uidl_of(*found);
}

bool UidlTable::has_uidl(std::string_view uidl) const {
  return std::ranges::binary_search(ids_, lib::hash_of(uidl));
}

}  // namespace pop3d
