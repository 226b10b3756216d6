// SPDX-License-Identifier: ISC
#include "maildir-pop3d/uidl_table.h"

#include <algorithm>
#include <utility>

#include "lib/text.h"

namespace pop3d {
namespace {

std::string_view next_line(std::string_view& text) {
  const std::string_view line = lib::next_field(text, '\n');
  return line.ends_with('\r') ? line.substr(0, line.size() - 1) : line;
}

// Cuts the last word off line.
std::string_view take_last_word(std::string_view& line) {
  const size_t space = line.rfind(' ');
  if (space == std::string_view::npos) return {};
  const std::string_view word = line.substr(space + 1);
  line = line.substr(0, space);
  return word;
}

// Eight hexadecimal digits, or more where the number wants them.
void add_hex8(Uidl& uidl, uint64_t number) {
  lib::FixedText<16> digits;
  digits.number(number, 16);
  for (size_t i = digits.size(); i < 8; ++i) uidl << '0';
  uidl << digits.view();
}

// Courier's oldest form: the name with +XX for what it took for unsafe.
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

uint64_t hash_of(std::string_view text) {
  uint64_t hash = 0xcbf29ce484222325;  // FNV-1a
  for (const char c : text)
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return hash;
}

}  // namespace

UidlTable::UidlTable(UidlFormat format, std::string_view text, size_t most)
    : format_(format), most_(most) {
  switch (format) {
    case UidlFormat::Name: return;
    case UidlFormat::Dovecot: parse_dovecot(text); break;
    case UidlFormat::Courier: parse_courier(text); break;
    case UidlFormat::File: parse_file(text); break;
  }
  if (too_many_) entries_.clear();
  settle();
}

void UidlTable::add(const Entry& entry) {
  too_many_ = entries_.size() == most_;
  if (!too_many_) entries_.push_back(entry);
}

// "3 V<uidvalidity> N<next> ...", then "<uid> [<letter><value> ...] :<name>",
// where P is a unique id of its own; or, version 1, "1 <uidvalidity> <next>",
// then "<uid> <name>".
void UidlTable::parse_dovecot(std::string_view text) {
  std::string_view header = next_line(text);
  const std::string_view version = lib::next_field(header, ' ');
  std::string_view validity = lib::next_field(header, ' ');
  if (version == "3" && validity.starts_with('V')) validity.remove_prefix(1);
  const auto number = lib::parse_number(validity, UINT32_MAX);
  if ((version != "1" && version != "3") || !number) return;
  while (!text.empty() && !too_many_) {
    std::string_view line = next_line(text);
    const auto uid = lib::parse_number(lib::next_field(line, ' '), UINT32_MAX);
    Entry entry{.number = uid.value_or(0), .validity = *number};
    while (version == "3" && !line.empty() && line[0] != ':') {
      const std::string_view field = lib::next_field(line, ' ');
      if (field.starts_with('P')) entry.uidl = field.substr(1);
    }
    if (version == "3" && !line.empty()) line.remove_prefix(1);
    entry.name = unique_part(line);
    if (uid && !entry.name.empty()) add(entry);
  }
}

// "/<version> <next> [<uidvalidity>]", then lines
// "<name> <size> <number>[:<uidvalidity>[:<utf8>]]"; before there were such
// versions, "<name> <size>" alone.
void UidlTable::parse_courier(std::string_view text) {
  const bool has_numbers = text.starts_with('/');
  if (has_numbers) (void)next_line(text);
  while (!text.empty() && !too_many_) {
    std::string_view line = next_line(text);
    Entry entry;
    if (has_numbers) {
      std::string_view last = take_last_word(line);
      const auto number = lib::parse_number(lib::next_field(last, ':'));
      if (!number) continue;
      entry.number = *number;
      entry.validity =
          lib::parse_number(lib::next_field(last, ':')).value_or(0);
    }
    const auto octets = lib::parse_number(take_last_word(line));
    entry.name = unique_part(line);
    if (octets && !entry.name.empty()) add(entry);
  }
}

void UidlTable::parse_file(std::string_view text) {
  while (!text.empty() && !too_many_) {
    std::string_view line = lib::trim_trailing_spaces(next_line(text));
    const std::string_view uidl = take_last_word(line);
    const std::string_view name = unique_part(lib::trim_trailing_spaces(line));
    if (!uidl.empty() && !name.empty()) add({.name = name, .uidl = uidl});
  }
}

// Sorts, and drops what is not to be found.
void UidlTable::settle() {
  std::vector<std::pair<uint64_t, size_t>> seen;
  seen.reserve(entries_.size());
  for (size_t i = 0; i < entries_.size(); ++i) {
    const Uidl uidl = uidl_of(entries_[i]);
    if (valid_uidl(uidl.view()))
      seen.emplace_back(hash_of(uidl.view()), i);
    else
      entries_[i].name = {};
  }
  std::ranges::sort(seen);
  for (size_t i = 1; i < seen.size(); ++i) {
    if (seen[i].first != seen[i - 1].first) continue;
    // The same line twice is no second message.
    Entry& entry = entries_[seen[i].second];
    if (entry.name != entries_[seen[i - 1].second].name) entry.name = {};
  }
  std::erase_if(entries_,
                [](const Entry& entry) { return entry.name.empty(); });
  std::ranges::sort(entries_, [](const Entry& a, const Entry& b) {
    if (const int order = a.name.compare(b.name); order != 0) return order < 0;
    return a.name.data() < b.name.data();  // as they stand in the text
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
    ids_.push_back(hash_of(uidl_of(entry).view()));
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
  Uidl uidl;
  if (entry.uidl.empty()) {
    add_hex8(uidl, entry.number);
    add_hex8(uidl, entry.validity);
  } else {
    uidl << entry.uidl;
  }
  return uidl;
}

std::optional<Uidl> UidlTable::find(std::string_view unique) const {
  const auto found =
      std::ranges::lower_bound(entries_, unique, {}, &Entry::name);
  if (found == entries_.end() || found->name != unique) return std::nullopt;
  return uidl_of(*found);
}

bool UidlTable::hands_out(std::string_view uidl) const {
  return std::ranges::binary_search(ids_, hash_of(uidl));
}

}  // namespace pop3d
