// SPDX-License-Identifier: ISC
#include "maildir-pop3d/wire/wire.h"

#include <string>
#include <vector>

#include "tests/unit/unit.h"

namespace {

// The encoder's output for a message in chunks of this size, with its end.
std::string encode(std::string_view message, size_t chunk) {
  pop3d::Encoder encoder;
  std::string wire;
  for (size_t at = 0; at < message.size(); at += chunk) {
    const std::string_view part = message.substr(at, chunk);
    std::vector<char> into(pop3d::Encoder::room_for(part.size()));
    wire.append(into.data(), encoder.encode(part, into.data()));
  }
  char end[pop3d::Encoder::kLongestEnd];
  wire.append(end, encoder.finish(end));
  return wire;
}

// The same by the rules, byte by byte.
std::string plain_encode(std::string_view message, uint64_t& octets) {
  std::string wire;
  char before = '\n';
  octets = 0;
  for (const char c : message) {
    if (before == '\n' && c == '.') wire += '.';
    if (c == '\n' && before != '\r') wire += '\r', ++octets;
    wire += c;
    ++octets;
    before = c;
  }
  if (before != '\n') wire += "\r\n", octets += 2;
  return wire + ".\r\n";
}

uint64_t count(std::string_view message, size_t chunk) {
  pop3d::OctetCounter counter;
  for (size_t at = 0; at < message.size(); at += chunk)
    counter.add(message.substr(at, chunk));
  return counter.total();
}

bool agrees(std::string_view message, size_t chunk) {
  uint64_t octets = 0;
  const std::string wanted = plain_encode(message, octets);
  return encode(message, chunk) == wanted && count(message, chunk) == octets;
}

// A small generator, so that a failure can be repeated.
class Numbers {
 public:
  unsigned below(unsigned limit) {
    state_ = state_ * 6364136223846793005U + 1442695040888963407U;
    return static_cast<unsigned>(state_ >> 33U) % limit;
  }

 private:
  uint64_t state_ = 1;
};

std::string top(std::string_view message, uint64_t lines, size_t chunk) {
  pop3d::TopLimit limit(lines);
  std::string taken;
  for (size_t at = 0; at < message.size() && !limit.done(); at += chunk) {
    const std::string_view part = message.substr(at, chunk);
    taken += part.substr(0, limit.take(part));
  }
  return taken;
}

}  // namespace

TEST(the_wire_form_of_small_messages) {
  struct {
    std::string_view message, wire;
  } const cases[] = {
      {"", ".\r\n"},
      {"a", "a\r\n.\r\n"},
      {"a\n", "a\r\n.\r\n"},
      {"a\r\n", "a\r\n.\r\n"},
      {"a\r", "a\r\r\n.\r\n"},
      {"a\r\r\n", "a\r\r\n.\r\n"},
      {"\n", "\r\n.\r\n"},
      {".", "..\r\n.\r\n"},
      {"..", "...\r\n.\r\n"},
      {".\n.\n", "..\r\n..\r\n.\r\n"},
      {".\r\n.\r\n", "..\r\n..\r\n.\r\n"},
      {"a.\r.b\n", "a.\r.b\r\n.\r\n"},
      {{"\0.\n\0\n", 5}, {"\0.\r\n\0\r\n.\r\n", 10}},
      {"\xff\x80\n", "\xff\x80\r\n.\r\n"},
  };
  for (const auto& [message, wire] : cases)
    CHECK_EQUAL(encode(message, 9), wire);
}

TEST(octets_count_the_wire_form_without_stuffing) {
  CHECK_EQUAL(count("", 1), 0U);
  CHECK_EQUAL(count("a", 1), 3U);
  CHECK_EQUAL(count("a\n.\n", 1), 6U);
  CHECK_EQUAL(count("a\r\n.\r\n", 1), 6U);
  CHECK_EQUAL(count("a\r", 1), 4U);
}

TEST(every_division_into_chunks_gives_the_same) {
  const std::string_view pieces[] = {"\n",
                                     "\r",
                                     "\r\n",
                                     ".",
                                     "\n.",
                                     "x",
                                     "\r.",
                                     "\0.",
                                     "a line of some length\n",
                                     "0123456789abcdef"};
  Numbers numbers;
  bool all = true;
  for (int i = 0; i < 3000; ++i) {
    std::string message;
    for (unsigned n = numbers.below(12); n > 0; --n)
      message += pieces[numbers.below(std::size(pieces))];
    for (const size_t chunk : {1, 2, 3, 5, 15, 16, 17, 64, 1000})
      all = all && agrees(message, chunk);
  }
  CHECK(all);
}

TEST(the_boundaries_of_buffers_change_nothing) {
  bool all = true;
  for (const size_t boundary : {512U, 1024U, 4096U, 32768U, 65536U})
    for (const std::string_view tail :
         {".", "\n.", "\r\n.", "\r\n", "\n", "\r", "\n.\r\n.\n", "\n\n.."})
      for (size_t before = 0; before <= 3; ++before) {
        const std::string message =
            std::string(boundary - before, 'x') + std::string(tail) + "end";
        all = all && agrees(message, boundary) && agrees(message, 512);
      }
  CHECK(all);
}

TEST(a_vector_step_counts_more_lines_than_a_lane_holds) {
  const std::string message(100'000, '\n');
  CHECK_EQUAL(count(message, message.size()), 200'000U);
  CHECK_EQUAL(count(message, 1000), 200'000U);
}

TEST(top_ends_after_the_header_and_a_number_of_lines) {
  constexpr std::string_view kMessage = "H: 1\nI: 2\n\none\ntwo\nthree\n";
  for (size_t chunk = 1; chunk < 30; ++chunk) {
    CHECK_EQUAL(top(kMessage, 0, chunk), "H: 1\nI: 2\n\n");
    CHECK_EQUAL(top(kMessage, 1, chunk), "H: 1\nI: 2\n\none\n");
    CHECK_EQUAL(top(kMessage, 3, chunk), kMessage);
    CHECK_EQUAL(top(kMessage, UINT64_MAX, chunk), kMessage);
    CHECK_EQUAL(top("H: 1\r\n\r\none\r\ntwo", 1, chunk), "H: 1\r\n\r\none\r\n");
    CHECK_EQUAL(top("H: 1\n\r\r\n\nx", 0, chunk), "H: 1\n\r\r\n\n");
    CHECK_EQUAL(top("\nbody\n", 0, chunk), "\n");
    CHECK_EQUAL(top("only a header\nx", 0, chunk), "only a header\nx");
  }
}
