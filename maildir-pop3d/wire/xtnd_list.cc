// SPDX-License-Identifier: ISC
#include "maildir-pop3d/wire/xtnd_list.h"

#include <algorithm>

#include "lib/text/text.h"

namespace pop3d {
namespace {

bool is_space(char c) {
  return c == ' ' || c == '\t';
}

bool valid_field_name(std::string_view name) {
  return !name.empty() && name.size() <= kLongestFieldName &&
         std::ranges::all_of(
             name, [](char c) { return c > ' ' && c < 0x7f && c != ':'; });
}

}  // namespace

Extension parse_extension(std::span<const std::string_view> words) {
  if (words.empty()) return {};
  if (lib::equal_caseless(words[0], "XMIT") && words.size() == 1)
    return {.kind = Extension::Kind::Submit};
  if (!lib::equal_caseless(words[0], "XLIST") &&
      !lib::equal_caseless(words[0], "XLST"))
    return {};
  if (words.size() < 2 || words.size() > 3) return {};
  Extension extension{.kind = Extension::Kind::List, .header = words[1]};
  if (extension.header.ends_with(':')) extension.header.remove_suffix(1);
  if (!valid_field_name(extension.header)) return {};
  extension.has_number = words.size() == 3;
  if (extension.has_number) extension.number = words[2];
  return extension;
}

bool FieldCopy::add(std::string_view chunk, std::string& into) {
  for (const char c : chunk) {
    if (state_ == State::Done) break;
    add_byte(c, into);
  }
  return state_ != State::Done;
}

void FieldCopy::add_byte(char c, std::string& into) {
  // After a line of the field: its continuation follows, or the search ends.
  if (state_ == State::CopiedLine)
    state_ = is_space(c) ? State::Copying : State::Done;
  if (state_ == State::Done) return;
  if (state_ == State::Copying) return copy(c, into);
  if (c != '\n') {
    if (state_ == State::Name) add_to_name(c, into);
    if (c != '\r') blank_ = false;
    return;
  }
  // The blank line ends the header.
  state_ = blank_ ? State::Done : State::Name;
  blank_ = true;
  seen_.clear();
}

void FieldCopy::add_to_name(char c, std::string& into) {
  const bool is_whole = seen_.size() == name_.size();
  if (is_whole && c == ':') return begin_copy(into);
  if (is_whole && is_space(c)) return;
  if (!is_whole && lib::to_lower(c) == lib::to_lower(name_[seen_.size()]))
    seen_ << c;
  else
    state_ = State::Other;
}

void FieldCopy::begin_copy(std::string& into) {
  lib::FixedText<24> number;
  number.number(message_) << ' ';
  into += number.view();
  into += seen_.view();
  into += ':';
  previous_ = ':';
  state_ = State::Copying;
}

void FieldCopy::copy(char c, std::string& into) {
  if (c == '\n' && previous_ != '\r') into += '\r';
  into += c;
  previous_ = c;
  if (c == '\n') state_ = State::CopiedLine;
}

void FieldCopy::finish(std::string& into) {
  if (state_ == State::Copying) into += previous_ == '\r' ? "\n" : "\r\n";
  state_ = State::Done;
}

}  // namespace pop3d
