// SPDX-License-Identifier: ISC
// Any message in any chunks: encoder, counter and TOP agree with a simple
// implementation byte by byte, and stay within the buffers that they ask for.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "maildir-pop3d/wire/wire.h"

namespace {

void require(bool condition) {
  if (!condition) abort();
}

std::string plain_encode(std::string_view message) {
  std::string wire;
  char before = '\n';
  for (const char c : message) {
    if (before == '\n' && c == '.') wire += '.';
    if (c == '\n' && before != '\r') wire += '\r';
    wire += c;
    before = c;
  }
  return wire + (before == '\n' ? ".\r\n" : "\r\n.\r\n");
}

uint64_t octets_in(std::string_view wire) {
  uint64_t octets = 0;
  bool at_start = true;
  for (const char c : wire.substr(0, wire.size() - 3)) {
    octets += !(at_start && c == '.');
    at_start = c == '\n';
  }
  return octets;
}

std::string plain_top(std::string_view message, uint64_t lines) {
  std::string taken;
  bool in_body = false;
  while (!message.empty() && (!in_body || lines > 0)) {
    const size_t newline = message.find('\n');
    const std::string_view line = message.substr(0, newline);
    const size_t length = newline == message.npos ? line.size() : newline + 1;
    taken += message.substr(0, length);
    message.remove_prefix(length);
    if (in_body)
      --lines;
    else
      in_body = line.empty() || line == "\r";
  }
  return taken;
}

}  // namespace

// The first byte is the size of the chunks, the second the lines of TOP.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  const size_t step = data[0] == 0 ? size : data[0];
  const std::string_view message(reinterpret_cast<const char*>(data) + 2,
                                 size - 2);
  pop3d::Encoder encoder;
  pop3d::OctetCounter counter;
  pop3d::TopLimit limit(data[1]);
  std::string wire;
  std::string top;
  for (size_t at = 0; at < message.size(); at += step) {
    // Copies of exactly that size, so that a sanitizer detects an overrun.
    const std::string_view part = message.substr(at, step);
    const std::vector<char> chunk(part.begin(), part.end());
    const std::string_view copy(chunk.data(), chunk.size());
    std::vector<char> into(pop3d::Encoder::room_for(copy.size()));
    wire.append(into.data(), encoder.encode(copy, into.data()));
    counter.add(copy);
    if (!limit.done()) top += copy.substr(0, limit.take(copy));
  }
  char end[pop3d::Encoder::kLongestEnd];
  wire.append(end, encoder.finish(end));

  require(wire == plain_encode(message));
  require(counter.total() == octets_in(wire));
  require(encoder.octets() == counter.total());
  require(top == plain_top(message, data[1]));
  return 0;
}
