// SPDX-License-Identifier: ISC
#include "maildir-pop3d/extensions/bulletin_text.h"

#include <algorithm>

#include "lib/text/text.h"

namespace pop3d {
namespace {

constexpr std::string_view kMark = "bulletin";
constexpr std::string_view kDigits = "0123456789";
constexpr size_t kNumberWidth = 10;  // so that names sort by number

std::optional<uint32_t> parse_uint32(std::string_view digits) {
  const auto number = lib::parse_number(digits, UINT32_MAX);
  if (!number) return std::nullopt;
  return static_cast<uint32_t>(*number);
}

bool is_white(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

// No host name may contain a slash, or a colon, which would begin the flags.
char safe_in_name(char c) {
  const bool plain =
      lib::is_letter(c) || lib::is_digit(c) || c == '-' || c == '.';
  return plain ? c : '_';
}

// No user name may contain a line end.
char safe_in_header(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 || byte == 0x7f ? '?' : c;
}

std::string address_field(std::string_view user, std::string_view host) {
  constexpr size_t kLongestPart = 255;
  std::string field = "To: ";
  field += user.substr(0, kLongestPart);
  if (user.find('@') == std::string_view::npos) {
    field += '@';
    field += host.substr(0, kLongestPart);
  }
  std::ranges::transform(field, field.begin(), safe_in_header);
  return field;
}

}  // namespace

std::optional<uint32_t> bulletin_number(std::string_view file_name) {
  return parse_uint32(
      file_name.substr(0, file_name.find_first_not_of(kDigits)));
}

std::optional<uint32_t> parse_popbull(std::string_view content) {
  while (!content.empty() && is_white(content.back())) content.remove_suffix(1);
  while (!content.empty() && is_white(content[0])) content.remove_prefix(1);
  return parse_uint32(content);
}

BulletinName bulletin_name(uint64_t time, BulletinId id,
                           std::string_view host) {
  lib::FixedText<kNumberWidth> digits;
  digits.number(id.number);
  BulletinName name;
  name.number(time) << '.' << kMark;
  for (size_t i = digits.size(); i < kNumberWidth; ++i) name << '0';
  name << digits.view();
  if (id.place != 0) (name << '-').number(id.place);
  name << '.';
  for (const char c : host.substr(0, 64)) name << safe_in_name(c);
  return name;
}

std::optional<BulletinId> bulletin_of(std::string_view maildir_name) {
  lib::next_field(maildir_name, '.');
  std::string_view mark = lib::next_field(maildir_name, '.');
  if (!mark.starts_with(kMark)) return std::nullopt;
  mark.remove_prefix(kMark.size());
  const auto number = parse_uint32(lib::next_field(mark, '-'));
  const auto place = mark.empty() ? std::optional(0U) : parse_uint32(mark);
  if (!number || !place) return std::nullopt;
  return BulletinId{*number, *place};
}

BulletinCopy::BulletinCopy(std::string_view user, std::string_view host)
    : to_(address_field(user, host)) {}

void BulletinCopy::add(std::string_view chunk, std::string& into) {
  size_t at = 0;
  while (at < chunk.size() && state_ != State::Body)
    add_header_byte(chunk[at++], into);
  into += chunk.substr(at);
}

void BulletinCopy::add_header_byte(char c, std::string& into) {
  if (state_ == State::LineStart) return start_line(c, into);
  if (state_ == State::Kept) into += c;
  if (c == '\n') state_ = State::LineStart;
}

// Holds the beginning of a line until it is known whether the line is kept.
void BulletinCopy::start_line(char c, std::string& into) {
  const bool continues = held_.empty() && (c == ' ' || c == '\t');
  held_ << c;
  if (continues) return settle(into);
  if (c == '\n') return end_short_line(into);
  if (c == ':' || (first_line_ && held_.view() == "From "))
    return end_name(into);
  if (held_.free_space() != 0) return;
  dropping_ = false;
  settle(into);
}

// Ends a short line without a colon, which may be the blank line after the
// header.
void BulletinCopy::end_short_line(std::string& into) {
  const bool is_blank = held_.view() == "\n" || held_.view() == "\r\n";
  if (is_blank) write_to(into);
  dropping_ = false;
  settle(into);
  state_ = is_blank ? State::Body : State::LineStart;
}

void BulletinCopy::end_name(std::string& into) {
  std::string_view name = held_.view();
  const bool is_envelope = name.back() == ' ';
  name.remove_suffix(1);
  while (!name.empty() && is_white(name.back())) name.remove_suffix(1);
  const bool is_to = lib::equal_caseless(name, "To");
  dropping_ = is_envelope || is_to || lib::equal_caseless(name, "Status");
  if (is_to) write_to(into);
  settle(into);
}

// Writes or drops the beginning that was held, as dropping_ says for this line.
void BulletinCopy::settle(std::string& into) {
  if (!dropping_) into += held_.view();
  held_.clear();
  first_line_ = false;
  state_ = dropping_ ? State::Dropped : State::Kept;
}

void BulletinCopy::write_to(std::string& into) {
  if (has_to_) return;
  has_to_ = true;
  into += to_;
  into += '\n';
}

void BulletinCopy::finish(std::string& into) {
  if (state_ == State::Body) return;
  const bool in_line = state_ == State::Kept || !held_.empty();
  into += held_.view();
  held_.clear();
  if (in_line && !has_to_) into += '\n';
  write_to(into);
  state_ = State::Body;
}

}  // namespace pop3d
