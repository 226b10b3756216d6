// SPDX-License-Identifier: ISC
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

#include "lib/crypto/secret.h"
#include "lib/process/checkpassword.h"
#include "lib/text/fixed_text.h"
#include "popup/dialogue/limits.h"
#include "popup/dialogue/proxy.h"

// What popup's dialogue tells its broker (pure).  A record is its kind (one
// octet), the length of the payload (two, the higher first), the payload.
// The broker trusts none of it: the dialogue reads the network.
namespace popup {

enum class RecordKind : char {
  Credentials = 'C',  // see below; the last record of a dialogue
  StartTls = 'S',     // the tally; the last one
  Proxied = 'P',      // what a PROXY header said, see below
  Refused = 'R',   // the first octets of what is no PROXY header, see errand.h
  TlsBlock = 'V',  // a part of what a UCSPI-TLS server answered
  Quit = 'Q',      // no payload; the last one: all is done
  Close = 'X',     // a Reason, one octet; the last one
  Failure = 'F',   // what kept the dialogue from starting; the last one
  Trace = 'T',     // a client line, secrets hidden already
};

constexpr size_t kRecordHeader = 3;
constexpr size_t kLongestPayload = 600;
using RecordText = lib::WipedText<kRecordHeader + kLongestPayload>;

struct Record {
  RecordKind kind = RecordKind::Quit;
  std::string_view payload;
};

// False, with text empty, where payload is too long.
bool encode_record(RecordKind kind, std::string_view payload, RecordText& text);

// Payload of Credentials: the tally (six octets), then mechanism, login and
// secret, each ended by NUL.
struct Submission {
  lib::Mechanism mechanism = lib::Mechanism::Unnamed;
  std::string_view login;
  std::string_view secret;
  Tally tally;

  // A failed try without anything to check: login and secret are empty.
  [[nodiscard]] bool is_malformed() const { return login.empty(); }
};
bool encode_submission(const Submission& submission, RecordText& text);
// nullopt for anything but exactly that, with a known mechanism, a tally
// within its limits, and neither or both of login and secret empty.
std::optional<Submission> decode_submission(std::string_view payload);

bool encode_start_tls(const Tally& tally, RecordText& text);
// nullopt for anything but a tally within its limits.
std::optional<Tally> decode_start_tls(std::string_view payload);

bool encode_close(Reason reason, RecordText& text);
// nullopt for anything but one reason.
std::optional<Reason> decode_close(std::string_view payload);

// Payload of Proxied: flags (1: local, 2: TLS), address and port of the
// source, those of the destination (16 and 2 octets, the higher first), and
// the TLS version.
bool encode_proxied(const ProxiedClient& client, RecordText& text);
// nullopt for anything but exactly that.
std::optional<ProxiedClient> decode_proxied(std::string_view payload);

// Cuts a stream into records: read into room(), say how much with added(),
// then take next() until it has none.
class RecordReader {
 public:
  RecordReader() = default;
  RecordReader(const RecordReader&) = delete;
  RecordReader& operator=(const RecordReader&) = delete;
  ~RecordReader() { wipe(); }

  // Never empty after next() returned nullopt, unless broken().
  std::span<char> room();
  void added(size_t octets) { end_ += octets; }
  // Its payload lives until room() is called.
  std::optional<Record> next();
  // Forgets all that was read; payloads go with it.
  void wipe();
  // True once the stream held what is no record.
  [[nodiscard]] bool broken() const { return broken_; }

 private:
  std::array<char, kRecordHeader + kLongestPayload> buffer_;
  size_t begin_ = 0;
  size_t end_ = 0;
  size_t most_ = 0;  // how much of the buffer was ever in use
  bool broken_ = false;
};

}  // namespace popup
