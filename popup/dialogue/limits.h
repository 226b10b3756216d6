// SPDX-License-Identifier: ISC
// May run as root; pure.
#pragma once

#include <string_view>

// How much a client may say before its login, and with what (pure).
namespace popup {

// More of them end the connection.
constexpr unsigned kBadCommands = 20;
constexpr unsigned kMostLines = 100;  // three tries take nine at the most
constexpr unsigned kMostOctets = 65536;

// What it has said so far, on all dialogues of its connection.
struct Tally {
  unsigned bad_commands = 0;
  unsigned lines = 0;  // commands, and lines of AUTH's exchanges
  unsigned octets = 0;
};

// What a TLS client begins with: a record of the handshake, of any version (RFC
// 8446 section 5.1).
constexpr std::string_view kTlsHello = "\x16\x03";

// Why a dialogue ends the connection of its own accord.
enum class Reason : char {
  BadCommands = 'b',
  Lines = 'l',
  Octets = 'o',
  TlsHello = 't',  // TLS where the connection begins in clear text
};

}  // namespace popup
