// SPDX-License-Identifier: ISC
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "lib/text/address.h"
#include "lib/text/fixed_text.h"

// The header that a proxy sends at the start of a connection: the PROXY
// protocol of haproxy, versions 1 (a line) and 2 (binary).  Pure, and without
// heap, for a dialogue that reads a byte at a time and never past the header.
namespace popup {

// The log shows at most so many octets of a bad header.
constexpr size_t kQuotedOctets = 32;

// The client that the proxy passes on.
struct ProxiedClient {
  // The header has no address (LOCAL, UNKNOWN, UNSPEC, a Unix socket, UDP): the
  // connection's own endpoints count.
  bool local = true;
  lib::Endpoint source;
  lib::Endpoint destination;
  // The client speaks TLS to the proxy (version 2, PP2_TYPE_SSL).  tls_version
  // is such as "TLSv1.3"; empty if the proxy names none, or an invalid one.
  bool tls = false;
  lib::FixedText<16> tls_version;
};

// Takes a header byte by byte and tells when its last byte has come.  It is Bad
// as soon as it cannot become a valid header any more.  These are Bad, too: a
// version 1 line without CRLF in 107 bytes, and a version 2 header that is
// longer than kLongestHeader, whose lengths do not add up, or whose checksum
// (PP2_TYPE_CRC32C) is wrong.  Other TLVs are skipped.  Once the state is Done
// or Bad, it does not change and further bytes are ignored.
class ProxyHeader {
 public:
  enum class State { Need, Done, Bad };

  static constexpr size_t kLongestLine = 107;     // version 1, with CRLF
  static constexpr size_t kLongestHeader = 4096;  // version 2, in whole

  State feed(char byte);
  [[nodiscard]] State state() const { return state_; }
  // The first bytes so far, at most kQuotedOctets of them, for the log.
  [[nodiscard]] std::string_view first_octets() const {
    return {reinterpret_cast<const char*>(bytes_.data()),
            std::min(size_, kQuotedOctets)};
  }
  // What the header says; only valid once it is Done.
  [[nodiscard]] const ProxiedClient& client() const { return client_; }

 private:
  State check_line();
  State check_binary();

  std::array<uint8_t, kLongestHeader> bytes_;  // the first size_ are set
  size_t size_ = 0;
  State state_ = State::Need;
  ProxiedClient client_;
};

// The log's name for a refused header, judging by its first octets.
std::string_view describe_refused(std::string_view octets);

// True if text is a TLS version that is safe to log and export.  An empty text
// means "no version".
bool is_tls_version(std::string_view text);

}  // namespace popup
