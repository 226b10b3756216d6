// SPDX-License-Identifier: ISC
// Never runs as root: the dialogue parses, and it is confined.
#include "popup/dialogue/proxy.h"

#include <algorithm>
#include <optional>

#include "lib/text/byte_order.h"
#include "lib/text/text.h"
#include "popup/dialogue/limits.h"

namespace popup {
namespace {

using State = ProxyHeader::State;
using Bytes = std::span<const uint8_t>;

// --- Version 1, section 2.1 of the specification -----------------------------

constexpr std::string_view kLineStart = "PROXY ";

// TCP4 allows only IPv4 addresses.  TCP6 allows both, against the letter of the
// specification: stunnel and haproxy write an IPv4 client of an IPv6 socket as
// ::ffff:192.0.2.1, nginx's stream module and frp as 192.0.2.1.
std::optional<lib::Address> line_address(std::string_view text, bool ipv6) {
  const char* allowed = ipv6 ? "0123456789abcdefABCDEF:." : "0123456789.";
  if (text.find_first_not_of(allowed) != std::string_view::npos)
    return std::nullopt;
  return lib::parse_address(text);
}

std::optional<uint64_t> line_port(std::string_view text) {
  if (text.size() > 1 && text[0] == '0') return std::nullopt;
  return lib::parse_number(text, UINT16_MAX);
}

// line is what follows "PROXY ", without CRLF.
bool parse_line(std::string_view line, ProxiedClient& client) {
  // The specification says to ignore whatever follows UNKNOWN.
  if (line == "UNKNOWN" || line.starts_with("UNKNOWN ")) return true;
  const std::string_view family = lib::next_field(line, ' ');
  const bool ipv6 = family == "TCP6";
  if (!ipv6 && family != "TCP4") return false;
  const auto source = line_address(lib::next_field(line, ' '), ipv6);
  const auto destination = line_address(lib::next_field(line, ' '), ipv6);
  const auto source_port = line_port(lib::next_field(line, ' '));
  const auto destination_port = line_port(line);
  if (!source || !destination || !source_port || !destination_port)
    return false;
  client.local = false;
  client.source = {*source, static_cast<uint16_t>(*source_port)};
  client.destination = {*destination, static_cast<uint16_t>(*destination_port)};
  return true;
}

// --- Version 2, section 2.2 --------------------------------------------------

constexpr std::array<uint8_t, 12> kSignature{
    '\r', '\n', '\r', '\n', '\0', '\r', '\n', 'Q', 'U', 'I', 'T', '\n'};
constexpr size_t kLengthAt = 14;
constexpr size_t kFixedPart = 16;
constexpr uint8_t kLocal = 0x20;  // version 2 in the upper half
constexpr uint8_t kProxy = 0x21;

constexpr uint8_t kTypeChecksum = 0x03;
constexpr uint8_t kTypeTls = 0x20;
constexpr uint8_t kSubtypeTlsVersion = 0x21;
constexpr uint8_t kClientTls = 0x01;
constexpr size_t kTlsFixedPart = 5;

struct Tlv {
  uint8_t type = 0;
  Bytes value;
};

// Removes the first TLV from rest.  False if it is longer than rest.
bool next_tlv(Bytes& rest, Tlv& tlv) {
  constexpr size_t kHead = 3;
  if (rest.size() < kHead) return false;
  const size_t length = lib::load_big_endian<uint16_t>(rest, 1);
  if (rest.size() - kHead < length) return false;
  tlv = {rest[0], rest.subspan(kHead, length)};
  rest = rest.subspan(kHead + length);
  return true;
}

// We take addresses of streams over IPv4 and IPv6 and skip a Unix socket's
// names.  Every other valid family counts as UNSPEC.
constexpr uint8_t kTcp4 = 0x11;
constexpr uint8_t kTcp6 = 0x21;
constexpr uint8_t kUnixStream = 0x31;

// Two addresses, and with IP two ports of two bytes.
size_t address_block_size(uint8_t family) {
  switch (family) {
    case kTcp4: return 12;
    case kTcp6: return 36;
    case kUnixStream: return 216;
    default: return 0;
  }
}

lib::Address binary_address(Bytes bytes) {
  lib::Address address;
  if (bytes.size() == 4) address.bytes[10] = address.bytes[11] = 0xff;
  std::ranges::copy(
      bytes, address.bytes.end() - static_cast<std::ptrdiff_t>(bytes.size()));
  return address;
}

void take_addresses(Bytes block, size_t width, ProxiedClient& client) {
  client.local = false;
  client.source = {binary_address(block.first(width)),
                   lib::load_big_endian<uint16_t>(block, 2 * width)};
  client.destination = {binary_address(block.subspan(width, width)),
                        lib::load_big_endian<uint16_t>(block, 2 * width + 2)};
}

// CRC-32C (RFC 4960 appendix B) of header, with the four bytes at hole, where
// the checksum itself is, taken as zeros.
uint32_t crc32c(Bytes header, const uint8_t* hole) {
  uint32_t remainder = ~0U;
  for (const uint8_t& byte : header) {
    const bool in_hole = &byte >= hole && &byte < hole + 4;
    remainder ^= in_hole ? 0U : byte;
    for (int bit = 0; bit < 8; ++bit)
      remainder = remainder >> 1 ^ ((remainder & 1) != 0 ? 0x82f63b78U : 0U);
  }
  return ~remainder;
}

// Leaves the version empty if text is too long or not a version.
void take_version(Bytes text, ProxiedClient& client) {
  client.tls_version.clear();
  for (const uint8_t byte : text) client.tls_version << static_cast<char>(byte);
  if (client.tls_version.overflowed() ||
      !is_tls_version(client.tls_version.view()))
    client.tls_version.clear();
}

bool take_tls(Bytes value, ProxiedClient& client) {
  if (value.size() < kTlsFixedPart) return false;
  const bool tls = (value[0] & kClientTls) != 0;
  client.tls |= tls;
  Tlv tlv;
  for (Bytes rest = value.subspan(kTlsFixedPart); !rest.empty();) {
    if (!next_tlv(rest, tlv)) return false;
    if (tls && tlv.type == kSubtypeTlsVersion) take_version(tlv.value, client);
  }
  return true;
}

bool take_tlvs(Bytes header, Bytes rest, ProxiedClient& client) {
  Tlv tlv;
  while (!rest.empty()) {
    if (!next_tlv(rest, tlv)) return false;
    if (tlv.type == kTypeTls && !take_tls(tlv.value, client)) return false;
    if (tlv.type != kTypeChecksum) continue;
    if (tlv.value.size() != 4 || crc32c(header, tlv.value.data()) !=
                                     lib::load_big_endian<uint32_t>(tlv.value))
      return false;
  }
  return true;
}

// header is complete, and at least as long as its family needs.
bool parse_binary(Bytes header, ProxiedClient& client) {
  if (header[12] == kLocal) return true;
  const uint8_t family = header[13];
  const size_t addresses = address_block_size(family);
  if (addresses == 0) return true;
  const Bytes block = header.subspan(kFixedPart);
  if (family == kTcp4) take_addresses(block, 4, client);
  if (family == kTcp6) take_addresses(block, 16, client);
  return take_tlvs(header, block.subspan(addresses), client);
}

}  // namespace

std::string_view describe_refused(std::string_view octets) {
  return octets.starts_with(kTlsHello) ? "TLS ClientHello" : "bad PROXY header";
}

bool is_tls_version(std::string_view text) {
  constexpr std::string_view kAllowed =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_";
  return text.find_first_not_of(kAllowed) == std::string_view::npos;
}

State ProxyHeader::feed(char byte) {
  if (state_ != State::Need) return state_;
  bytes_[size_++] = static_cast<uint8_t>(byte);
  const bool binary = bytes_[0] == kSignature[0];
  state_ = binary ? check_binary() : check_line();
  return state_;
}

State ProxyHeader::check_line() {
  const std::string_view line(reinterpret_cast<const char*>(bytes_.data()),
                              size_);
  const size_t compared = std::min(size_, kLineStart.size());
  if (line.substr(0, compared) != kLineStart.substr(0, compared))
    return State::Bad;
  const bool after_cr = size_ > 1 && line[size_ - 2] == '\r';
  const bool at_lf = line.back() == '\n';
  // CR and LF must come together.
  if (after_cr != at_lf) return State::Bad;
  if (!at_lf) return size_ < kLongestLine ? State::Need : State::Bad;
  const auto rest = line.substr(compared, size_ - 2 - compared);
  return parse_line(rest, client_) ? State::Done : State::Bad;
}

State ProxyHeader::check_binary() {
  const Bytes header(bytes_.data(), size_);
  const size_t last = size_ - 1;
  if (last < kSignature.size())
    return header[last] == kSignature[last] ? State::Need : State::Bad;
  const uint8_t command = header[12];
  if (command != kLocal && command != kProxy) return State::Bad;
  if (last == 12) return State::Need;
  // Address family and protocol; with LOCAL they do not matter.
  const uint8_t family = header[13];
  const bool valid = family >> 4 <= 3 && (family & 15) <= 2;
  if (command != kLocal && !valid) return State::Bad;
  if (size_ < kFixedPart) return State::Need;
  const size_t length = lib::load_big_endian<uint16_t>(header, kLengthAt);
  const size_t least = command == kLocal ? 0 : address_block_size(family);
  if (length < least || length > kLongestHeader - kFixedPart) return State::Bad;
  if (size_ < kFixedPart + length) return State::Need;
  return parse_binary(header, client_) ? State::Done : State::Bad;
}

}  // namespace popup
