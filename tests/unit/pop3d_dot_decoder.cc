// SPDX-License-Identifier: ISC
#include <string>

#include "maildir-pop3d/dot_decoder.h"
#include "tests/unit/unit.h"

using pop3d::DotDecoder;

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
    {"a\n.\nSTAT\n", "a\n", "STAT\n", true},
    {"..\r\n...\r\n..a\r\n.b\r\n.\r\n", ".\n..\n.a\nb\n", "", true},
    {"a.\r\n.\r\n", "a.\n", "", true},
    {"a\r\r\nb\rc\r\n.\r\n", "a\r\nb\rc\n", "", true},
    {"\r.\r\n.\r\n", "\r.\n", "", true},
    // A dot that is followed by more than the end of its line ends nothing.
    {".\rx\r\n.\r\n", "\rx\n", "", true},
    {".\r\rx\r\n.\r\n", "\r\rx\n", "", true},
    {"\n\r\n.\r\n", "\n\n", "", true},
    {"not ended\r\n", "not ended\n", "", false},
    {"not ended\r\n.", "not ended\n", "", false},
    {"not ended\r\n.\r", "not ended\n", "", false},
    {"", "", "", false},
};

}  // namespace

TEST(dot_stuffing_is_undone_and_the_end_found_whatever_the_pieces) {
  for (const Example& example : kExamples) {
    for (size_t piece = 1; piece <= 20; ++piece) {
      DotDecoder decoder;
      std::string text;
      std::string_view wire = example.wire;
      while (!wire.empty() && !decoder.done())
        wire.remove_prefix(decoder.take(wire.substr(0, piece), text));
      CHECK_EQUAL(text, example.text);
      CHECK_EQUAL(wire, example.rest);
      CHECK_EQUAL(decoder.done(), example.done);
    }
  }
}

TEST(every_byte_of_a_message_passes) {
  std::string wire;
  for (int byte = 0; byte < 256; ++byte)
    if (byte != '\n' && byte != '\r') wire += static_cast<char>(byte);
  const std::string text = wire + '\n';
  wire += "\r\n.\r\n";
  DotDecoder decoder;
  std::string result;
  CHECK_EQUAL(decoder.take(wire, result), wire.size());
  CHECK_EQUAL(result, text);
}
