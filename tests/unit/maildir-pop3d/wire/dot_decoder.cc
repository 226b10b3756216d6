// SPDX-License-Identifier: ISC
#include "maildir-pop3d/wire/dot_decoder.h"

#include <string>

#include "tests/unit/unit.h"

using pop3d::DotDecoder;
using pop3d::LineEnd;

namespace {

struct Example {
  std::string_view wire;
  std::string_view text;
  std::string_view rest;
  bool done;
};

constexpr Example kExamples[] = {
    {"To: a\r\n\r\nbody\r\n.\r\nQUIT\r\n", "To: a\n\nbody\n", "QUIT\r\n", true},
    {".\r\nSTAT\r\n", "", "STAT\r\n", true},
    {"..\r\n...\r\n..a\r\n.b\r\n.\r\n", ".\n..\n.a\nb\n", "", true},
    {"a.\r\n.\r\n", "a.\n", "", true},
    {"a\r\r\nb\rc\r\n.\r\n", "a\r\nb\rc\n", "", true},
    {"\r.\r\n.\r\n", "\r.\n", "", true},
    // A dot with more after it in its line does not end the message.
    {".\rx\r\n.\r\n", "\rx\n", "", true},
    {".\r\rx\r\n.\r\n", "\r\rx\n", "", true},
    {"\n\r\n.\r\n", "\n\n", "", true},
    {"a\r\n..\nb\r\n.\r\n", "a\n.\nb\n", "", true},
    {"not ended\r\n", "not ended\n", "", false},
    {"not ended\r\n.", "not ended\n", "", false},
    {"not ended\r\n.\r", "not ended\n", "", false},
    {"", "", "", false},
};

// A bare LF ends a line only for clients that end their lines so.
constexpr Example kWithLf[] = {
    {"a\n.\nSTAT\n", "a\n", "STAT\n", true},
    {"a\n..b\n.\r\nSTAT\n", "a\n.b\n", "STAT\n", true},
    {".\nSTAT\n", "", "STAT\n", true},
};
constexpr Example kWithoutLf[] = {
    {"a\n.\nSTAT\r\n.\r\nx", "a\n.\nSTAT\n", "x", true},
    {"a\n.\r\nSTAT\r\n.\r\n", "a\n.\nSTAT\n", "", true},
    {"a\r\n.\nSTAT\r\n.\r\n", "a\n\nSTAT\n", "", true},
    {".\nSTAT\r\n.\r\n", "\nSTAT\n", "", true},
    {"a\n.b\n..c\r\n.\r\n", "a\n.b\n..c\n", "", true},
    {"\n.\n", "\n.\n", "", false},
};

void check(const Example& example, LineEnd line_end) {
  for (size_t piece = 1; piece <= 20; ++piece) {
    DotDecoder decoder(line_end);
    std::string text;
    std::string_view wire = example.wire;
    while (!wire.empty() && !decoder.done())
      wire.remove_prefix(decoder.take(wire.substr(0, piece), text));
    CHECK_EQUAL(text, example.text);
    CHECK_EQUAL(wire, example.rest);
    CHECK_EQUAL(decoder.done(), example.done);
  }
}

}  // namespace

TEST(dot_stuffing_is_undone_and_the_end_found_in_any_pieces) {
  for (const Example& example : kExamples)
    for (const LineEnd line_end : {LineEnd::Crlf, LineEnd::CrlfOrLf})
      check(example, line_end);
}

TEST(a_bare_lf_ends_a_line_only_if_allowed) {
  for (const Example& example : kWithLf) check(example, LineEnd::CrlfOrLf);
  for (const Example& example : kWithoutLf) check(example, LineEnd::Crlf);
}

TEST(every_byte_of_a_message_passes) {
  std::string wire;
  for (int byte = 0; byte < 256; ++byte)
    if (byte != '\n' && byte != '\r') wire += static_cast<char>(byte);
  const std::string text = wire + '\n';
  wire += "\r\n.\r\n";
  DotDecoder decoder(LineEnd::Crlf);
  std::string result;
  CHECK_EQUAL(decoder.take(wire, result), wire.size());
  CHECK_EQUAL(result, text);
}
