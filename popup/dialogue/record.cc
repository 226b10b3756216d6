// SPDX-License-Identifier: ISC
// Runs as root: reads the dialogue's records.
#include "popup/dialogue/record.h"

#include <algorithm>
#include <cstring>
#include <span>

#include "lib/text/byte_order.h"
#include "lib/text/text.h"

namespace popup {
namespace {

void append_number(uint16_t number, RecordText& text) {
  text << static_cast<char>(number >> 8U) << static_cast<char>(number & 0xffU);
}

void append_header(RecordKind kind, size_t length, RecordText& text) {
  text << static_cast<char>(kind);
  append_number(static_cast<uint16_t>(length), text);
}

// --- The tally ---------------------------------------------------------------

constexpr size_t kTallySize = 6;

void append_tally(const Tally& tally, RecordText& text) {
  text << static_cast<char>(tally.bad_commands)
       << static_cast<char>(tally.lines);
  append_number(static_cast<uint16_t>(tally.octets >> 16U), text);
  append_number(static_cast<uint16_t>(tally.octets), text);
}

// Removes the tally from the start of payload.  nullopt if it is over a limit
// or cut short.
std::optional<Tally> take_tally(std::string_view& payload) {
  if (payload.size() < kTallySize) return std::nullopt;
  const Tally tally{
      .bad_commands = static_cast<unsigned char>(payload[0]),
      .lines = static_cast<unsigned char>(payload[1]),
      .octets = lib::load_big_endian<uint32_t>(payload, 2),
  };
  payload.remove_prefix(kTallySize);
  if (tally.bad_commands > kBadCommands || tally.lines > kMostLines ||
      tally.octets > kMostOctets)
    return std::nullopt;
  return tally;
}

// --- What a PROXY header says ------------------------------------------------

constexpr char kLocal = 1;
constexpr char kTls = 2;
constexpr size_t kEndpointSize = 18;

void append_endpoint(const lib::Endpoint& endpoint, RecordText& text) {
  for (const uint8_t byte : endpoint.address.bytes)
    text << static_cast<char>(byte);
  append_number(endpoint.port, text);
}

lib::Endpoint take_endpoint(std::string_view& payload) {
  lib::Endpoint endpoint;
  auto& bytes = endpoint.address.bytes;
  for (size_t i = 0; i < bytes.size(); ++i)
    bytes[i] = static_cast<uint8_t>(payload[i]);
  endpoint.port = lib::load_big_endian<uint16_t>(payload, bytes.size());
  payload.remove_prefix(kEndpointSize);
  return endpoint;
}

}  // namespace

bool encode_record(RecordKind kind, std::string_view payload,
                   RecordText& text) {
  text.clear();
  if (payload.size() > kLongestPayload) return false;
  append_header(kind, payload.size(), text);
  text << payload;
  return true;
}

bool encode_submission(const Submission& submission, RecordText& text) {
  const std::string_view mechanism = mechanism_name(submission.mechanism);
  const size_t length = kTallySize + mechanism.size() +
                        submission.login.size() + submission.secret.size() + 3;
  text.clear();
  if (length > kLongestPayload) return false;
  append_header(RecordKind::Credentials, length, text);
  append_tally(submission.tally, text);
  text << mechanism << '\0' << submission.login << '\0' << submission.secret
       << '\0';
  return true;
}

std::optional<Submission> decode_submission(std::string_view payload) {
  const auto tally = take_tally(payload);
  if (!tally || std::ranges::count(payload, '\0') != 3 ||
      !payload.ends_with('\0'))
    return std::nullopt;
  Submission submission;
  submission.tally = *tally;
  const auto mechanism =
      lib::mechanism_from_name(lib::next_field(payload, '\0'));
  submission.login = lib::next_field(payload, '\0');
  submission.secret = lib::next_field(payload, '\0');
  if (!mechanism || submission.login.empty() != submission.secret.empty())
    return std::nullopt;
  submission.mechanism = *mechanism;
  return submission;
}

bool encode_start_tls(const Tally& tally, RecordText& text) {
  text.clear();
  append_header(RecordKind::StartTls, kTallySize, text);
  append_tally(tally, text);
  return true;
}

std::optional<Tally> decode_start_tls(std::string_view payload) {
  const auto tally = take_tally(payload);
  return payload.empty() ? tally : std::nullopt;
}

bool encode_close(CloseReason reason, RecordText& text) {
  const char letter = static_cast<char>(reason);
  return encode_record(RecordKind::Close, {&letter, 1}, text);
}

std::optional<CloseReason> decode_close(std::string_view payload) {
  constexpr std::string_view kReasons = "blot";
  if (payload.size() != 1 || kReasons.find(payload[0]) == kReasons.npos)
    return std::nullopt;
  return static_cast<CloseReason>(payload[0]);
}

bool encode_proxied(const ProxiedClient& client, RecordText& text) {
  text.clear();
  append_header(RecordKind::Proxied,
                1 + 2 * kEndpointSize + client.tls_version.size(), text);
  text << static_cast<char>((client.local ? kLocal : 0) |
                            (client.tls ? kTls : 0));
  append_endpoint(client.source, text);
  append_endpoint(client.destination, text);
  text << client.tls_version.view();
  return !text.overflowed();
}

std::optional<ProxiedClient> decode_proxied(std::string_view payload) {
  if (payload.size() < 1 + 2 * kEndpointSize ||
      (payload[0] & ~(kLocal | kTls)) != 0)
    return std::nullopt;
  ProxiedClient client;
  client.local = (payload[0] & kLocal) != 0;
  client.tls = (payload[0] & kTls) != 0;
  payload.remove_prefix(1);
  client.source = take_endpoint(payload);
  client.destination = take_endpoint(payload);
  client.tls_version << payload;
  if (client.tls_version.overflowed() || !is_tls_version(payload))
    return std::nullopt;
  return client;
}

void RecordReader::wipe() {
  explicit_bzero(buffer_.data(), most_);
  begin_ = end_ = 0;
}

std::span<char> RecordReader::free_space() {
  std::copy(buffer_.begin() + begin_, buffer_.begin() + end_, buffer_.begin());
  end_ -= begin_;
  begin_ = 0;
  return std::span<char>(buffer_).subspan(end_);
}

std::optional<Record> RecordReader::next() {
  constexpr std::string_view kKinds = "CSPRVQXFT";
  most_ = std::max(most_, end_);
  const char* header = buffer_.data() + begin_;
  if (broken_ || end_ == begin_) return std::nullopt;
  broken_ = kKinds.find(*header) == std::string_view::npos;
  if (broken_ || end_ - begin_ < kRecordHeader) return std::nullopt;
  const size_t length =
      lib::load_big_endian<uint16_t>(std::span(header, kRecordHeader), 1);
  broken_ = length > kLongestPayload;
  if (broken_ || end_ - begin_ - kRecordHeader < length) return std::nullopt;
  begin_ += kRecordHeader + length;
  return Record{.kind = static_cast<RecordKind>(*header),
                .payload = {header + kRecordHeader, length}};
}

}  // namespace popup
