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

// The records by which a dialogue reports to the broker (pure).  A record is
// its kind (one octet), the length of its payload (two octets, big endian), and
// the payload.  The broker trusts none of it, because the dialogue reads the
// network.
namespace popup {

enum class RecordKind : char {
  // The last record of a dialogue is one of these:
  Credentials = 'C',  // a Submission, see below
  StartTls = 'S',     // the tally
  Quit = 'Q',         // no payload: everything is done
  Close = 'X',        // a CloseReason, one octet
  Failure = 'F',  // text for the log: why the dialogue could not do its work
  // Others may come before it:
  Trace = 'T',     // a client line, with its secrets hidden
  Proxied = 'P',   // a ProxiedClient, see below
  Refused = 'R',   // a bad PROXY header's first octets; may also be the last
  TlsBlock = 'V',  // a part of a UCSPI-TLS server's answer
};

constexpr size_t kRecordHeader = 3;
constexpr size_t kLongestPayload = 600;
using RecordText = lib::WipedText<kRecordHeader + kLongestPayload>;

struct Record {
  RecordKind kind = RecordKind::Quit;
  std::string_view payload;
};

// False, with text empty, if payload is too long.
bool encode_record(RecordKind kind, std::string_view payload, RecordText& text);

// The payload of Credentials: the tally (six octets), then mechanism, login and
// secret, each followed by NUL.
struct Submission {
  lib::Mechanism mechanism = lib::Mechanism::Unnamed;
  std::string_view login;
  std::string_view secret;
  Tally tally;

  // The client's response was malformed: login and secret are empty, and there
  // is nothing to check.
  [[nodiscard]] bool is_malformed() const { return login.empty(); }
};
bool encode_submission(const Submission& submission, RecordText& text);
// nullopt unless payload is exactly that, the mechanism is known, the tally is
// within its limits, and login and secret are both empty or both not.
std::optional<Submission> decode_submission(std::string_view payload);

bool encode_start_tls(const Tally& tally, RecordText& text);
// nullopt unless payload is a tally within its limits.
std::optional<Tally> decode_start_tls(std::string_view payload);

bool encode_close(CloseReason reason, RecordText& text);
// nullopt unless payload is one known reason.
std::optional<CloseReason> decode_close(std::string_view payload);

// The payload of Proxied: flags (1: local, 2: TLS), address and port of the
// source, address and port of the destination (16 and 2 octets each, big
// endian), and the TLS version.
bool encode_proxied(const ProxiedClient& client, RecordText& text);
// nullopt unless payload is exactly that.
std::optional<ProxiedClient> decode_proxied(std::string_view payload);

// Cuts a stream into records: read into free_space(), report the octets to
// added(), then call next() until it returns nullopt.
class RecordReader {
 public:
  RecordReader() = default;
  RecordReader(const RecordReader&) = delete;
  RecordReader& operator=(const RecordReader&) = delete;
  ~RecordReader() { wipe(); }

  // Never empty after next() returned nullopt, unless broken().
  std::span<char> free_space();
  void added(size_t octets) { end_ += octets; }
  // The payload is valid until free_space() or wipe() is called.
  std::optional<Record> next();
  // Overwrites everything that was read, payloads included.
  void wipe();
  // True once the stream contained something else than a record.
  [[nodiscard]] bool broken() const { return broken_; }

 private:
  std::array<char, kRecordHeader + kLongestPayload> buffer_;
  size_t begin_ = 0;
  size_t end_ = 0;
  size_t most_ = 0;  // how much of the buffer was ever in use
  bool broken_ = false;
};

}  // namespace popup
