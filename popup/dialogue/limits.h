// SPDX-License-Identifier: ISC
// May run as root; pure.
#pragma once

#include <string_view>

// The limits on what a client may send before its login (pure).
namespace popup {

// Exceeding any of these ends the connection.
constexpr unsigned kBadCommands = 20;
constexpr unsigned kMostLines = 100;  // three tries take at most nine
constexpr unsigned kMostOctets = 65536;

// How much the client has sent so far, in all dialogues of the connection.
struct Tally {
  unsigned bad_commands = 0;
  unsigned lines = 0;  // commands, and lines of AUTH's exchanges
  unsigned octets = 0;
};

// A TLS client begins so: a record of the handshake, of any version (RFC 8446
// section 5.1).
constexpr std::string_view kTlsHello = "\x16\x03";

// Why a dialogue ends the connection.
enum class CloseReason : char {
  BadCommands = 'b',
  Lines = 'l',
  Octets = 'o',
  TlsHello = 't',  // the client speaks TLS, but the connection does not
};

}  // namespace popup
