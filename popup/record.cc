// SPDX-License-Identifier: ISC
#include "popup/record.h"

#include <algorithm>
#include <cstring>

#include "lib/text.h"

namespace popup {
namespace {

bool is_kind(char kind) {
  constexpr std::string_view kKinds = "CQFT";
  return kKinds.find(kind) != std::string_view::npos;
}

void append_header(RecordKind kind, size_t length, RecordText& text) {
  text << static_cast<char>(kind) << static_cast<char>(length >> 8U)
       << static_cast<char>(length & 0xffU);
}

size_t length_of(const char* header) {
  return static_cast<size_t>(static_cast<unsigned char>(header[1])) << 8U |
         static_cast<unsigned char>(header[2]);
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
  const size_t length = 1 + mechanism.size() + submission.login.size() +
                        submission.secret.size() + 3;
  text.clear();
  if (length > kLongestPayload) return false;
  append_header(RecordKind::Credentials, length, text);
  text << static_cast<char>(std::min(submission.bad_commands, 255U))
       << mechanism << '\0' << submission.login << '\0' << submission.secret
       << '\0';
  return true;
}

std::optional<Submission> decode_submission(std::string_view payload) {
  if (payload.size() < 2 || std::ranges::count(payload.substr(1), '\0') != 3 ||
      !payload.ends_with('\0'))
    return std::nullopt;
  Submission submission;
  submission.bad_commands = static_cast<unsigned char>(payload[0]);
  payload.remove_prefix(1);
  const auto mechanism =
      lib::mechanism_from_name(lib::next_field(payload, '\0'));
  submission.login = lib::next_field(payload, '\0');
  submission.secret = lib::next_field(payload, '\0');
  if (!mechanism || submission.login.empty() || submission.secret.empty())
    return std::nullopt;
  submission.mechanism = *mechanism;
  return submission;
}

void RecordReader::wipe() {
  explicit_bzero(buffer_.data(), most_);
  begin_ = end_ = 0;
}

std::span<char> RecordReader::room() {
  std::copy(buffer_.begin() + begin_, buffer_.begin() + end_, buffer_.begin());
  end_ -= begin_;
  begin_ = 0;
  return std::span<char>(buffer_).subspan(end_);
}

std::optional<Record> RecordReader::next() {
  most_ = std::max(most_, end_);
  const char* header = buffer_.data() + begin_;
  if (broken_ || end_ == begin_) return std::nullopt;
  broken_ = !is_kind(*header);
  if (broken_ || end_ - begin_ < kRecordHeader) return std::nullopt;
  const size_t length = length_of(header);
  broken_ = length > kLongestPayload;
  if (broken_ || end_ - begin_ - kRecordHeader < length) return std::nullopt;
  begin_ += kRecordHeader + length;
  return Record{.kind = static_cast<RecordKind>(*header),
                .payload = {header + kRecordHeader, length}};
}

}  // namespace popup
