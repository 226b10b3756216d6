// SPDX-License-Identifier: ISC
// XTND gives the same result for any pieces of its input: XLIST a header field,
// as whole lines that cannot end the reply, and XMIT a submitted text, after
// whose end nothing is taken.
#include <array>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "lib/text/text.h"
#include "maildir-pop3d/wire/dot_decoder.h"
#include "maildir-pop3d/wire/xtnd_list.h"

namespace {

std::string field_of(std::string_view message, size_t piece) {
  pop3d::FieldCopy copy("Subject", 7);
  std::string result;
  for (size_t at = 0; at < message.size(); at += piece)
    if (!copy.add(message.substr(at, piece), result)) break;
  copy.finish(result);
  return result;
}

void check_lines(std::string_view reply) {
  if (reply.empty()) return;
  if (!reply.starts_with("7 ") || !reply.ends_with("\r\n")) abort();
  while (!reply.empty()) {
    if (reply[0] == '.') abort();
    const size_t end = reply.find('\n');
    if (end == 0 || reply[end - 1] != '\r') abort();
    reply.remove_prefix(end + 1);
  }
}

struct Decoded {
  std::string text;
  size_t taken = 0;
  bool done = false;
  bool operator==(const Decoded&) const = default;
};

Decoded decode(std::string_view sent, size_t piece, pop3d::LineEnd line_end) {
  pop3d::DotDecoder decoder(line_end);
  Decoded result;
  while (!decoder.done() && result.taken < sent.size())
    result.taken += decoder.take(sent.substr(result.taken, piece), result.text);
  result.done = decoder.done();
  return result;
}

void check_submitted(std::string_view sent, pop3d::LineEnd line_end) {
  const Decoded whole = decode(sent, sent.size() + 1, line_end);
  for (const size_t piece : {1, 7})
    if (decode(sent, piece, line_end) != whole) abort();
  if (whole.taken > sent.size() || whole.text.size() > whole.taken) abort();
  if (line_end != pop3d::LineEnd::Crlf) return;
  // The only end is the first line of a dot and CRLF, for every reader.
  const size_t end = ("\r\n" + std::string(sent)).find("\r\n.\r\n");
  if (whole.done != (end != std::string::npos)) abort();
  if (whole.done && whole.taken != end + 3) abort();
}

void check_extension(std::string_view text) {
  std::array<std::string_view, 4> words;
  for (std::string_view& word : words) word = lib::next_field(text, ' ');
  for (size_t count = 0; count <= words.size(); ++count) {
    const auto found = pop3d::parse_extension({words.data(), count});
    if (found.kind != pop3d::Extension::Kind::List) continue;
    if (found.header.empty() ||
        found.header.size() > pop3d::kLongestFieldName ||
        found.header.find(':') != std::string_view::npos)
      abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::string field = field_of(text, size + 1);
  if (field_of(text, 1) != field || field_of(text, 7) != field) abort();
  check_lines(field);
  check_submitted(text, pop3d::LineEnd::Crlf);
  check_submitted(text, pop3d::LineEnd::CrlfOrLf);
  check_extension(text);
  return 0;
}
