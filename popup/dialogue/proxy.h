// SPDX-License-Identifier: ISC
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "lib/text/address.h"
#include "lib/text/fixed_text.h"

// The header that a proxy sends in front of a connection: the PROXY protocol
// of haproxy, versions 1 (a line) and 2 (binary).  Pure, and without heap,
// for a dialogue that reads a byte at a time and never past the header.
namespace popup {

// How much the log shows of what is no header.
constexpr size_t kQuotedOctets = 32;

// Whom the proxy speaks for.
struct ProxiedClient {
  // No address was told (LOCAL, UNKNOWN, UNSPEC, a Unix socket, UDP): the
  // connection's own endpoints count.
  bool local = true;
  lib::Endpoint source;
  lib::Endpoint destination;
  // The client speaks TLS to the proxy (version 2, PP2_TYPE_SSL); "TLSv1.3",
  // or empty where the proxy names no version that a log could hold.
  bool tls = false;
  lib::FixedText<16> tls_version;
};

// Takes a header byte by byte and says when its last byte has come.  A
// header that can no longer become a good one is Bad at once, as is a
// version 1 line without CRLF in 107 bytes, a version 2 header of more than
// kLongestHeader, one whose lengths do not add up, and one with a wrong
// checksum (PP2_TYPE_CRC32C).  Other TLVs are skipped.  Once Done or Bad the
// state does not change and bytes are not taken.
class ProxyHeader {
 public:
  enum class State { Need, Done, Bad };

  static constexpr size_t kLongestLine = 107;     // version 1, with CRLF
  static constexpr size_t kLongestHeader = 4096;  // version 2, in whole

  State feed(char byte);
  [[nodiscard]] State state() const { return state_; }
  // What was taken so far, at most kQuotedOctets of it, to be shown.
  [[nodiscard]] std::string_view start() const {
    return {reinterpret_cast<const char*>(bytes_.data()),
            std::min(size_, kQuotedOctets)};
  }
  // What the header said; meant for a header that is Done.
  [[nodiscard]] const ProxiedClient& client() const { return client_; }

 private:
  State check_line();
  State check_binary();

  std::array<uint8_t, kLongestHeader> bytes_;  // the first size_ are set
  size_t size_ = 0;
  State state_ = State::Need;
  ProxiedClient client_;
};

// What to call a header that is refused, by its first octets.
std::string_view describe_refused(std::string_view octets);

// True for text that a log and a variable may hold as a version; an empty
// one is none.
bool is_tls_version(std::string_view text);

// The parts, for ProxyHeader: line is without CRLF, header is whole.  False
// where it is bad.
bool parse_proxy_line(std::string_view line, ProxiedClient& client);
bool parse_proxy_binary(std::span<const uint8_t> header, ProxiedClient& client);

}  // namespace popup
