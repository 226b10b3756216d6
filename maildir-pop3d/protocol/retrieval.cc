// SPDX-License-Identifier: ISC
#include "maildir-pop3d/protocol/retrieval.h"

#include <algorithm>
#include <cstring>
#include <string>

#include "lib/text/fixed_text.h"
#include "lib/text/text.h"
#include "maildir-pop3d/maildir/compression.h"
#include "maildir-pop3d/maildir/filename.h"
#include "maildir-pop3d/maildir/scan.h"

namespace pop3d {
namespace {

// "+OK 18446744073709551615 octets\r\n"
constexpr size_t kLongestHead = 33;

// Larger messages are not counted to find out whether their names lie: the
// client would wait too long.
constexpr uint64_t kLongestCount = uint64_t{64} << 20U;

// The octets of a message, or nullopt if they have to be counted: the file has
// changed, or only its name may have told them.  A false name must not end the
// client's session.
std::optional<uint64_t> known_octets(const OpenMessage& message,
                                     const Message& known) {
  if (message.fingerprint != known.fingerprint) return std::nullopt;
  const auto hint =
      octets_hint(size_hints(unique_part(known.name)), message.size);
  if (hint == known.octets && message.size <= kLongestCount)
    return std::nullopt;
  return known.octets;
}

// How many lines of the body TOP asks for.  RFC 1939 sets no limit: a number of
// over 64 bits asks for the whole message, too.
std::optional<uint64_t> number_of_lines(std::string_view word) {
  if (!std::ranges::all_of(word, lib::is_digit)) return std::nullopt;
  return lib::parse_number(word).value_or(UINT64_MAX);
}

}  // namespace

void Retrieval::retr(std::string_view number) {
  const auto found = messages_.find(number);
  OpenMessage message;
  if (!found || !messages_.open(*found, message)) return;
  const size_t n = *found;
  const Message known = mailbox_.catalog().message(n);
  const uint64_t listed = known.octets;
  if (message.fingerprint != known.fingerprint) indexes_.distrust();
  const auto sent =
      message.size <= MessageReader::kChunk
          ? send_at_once(n, message)
          : send_in_chunks(n, message, known_octets(message, known));
  if (!sent.ok()) return messages_.refuse(n, sent.error());
  if (sent.value() != listed && !has_failed_ && !client_.broken())
    correct(n, message, sent.value());
  mailbox_.touch(n);
  count(retr_, sent.value());
}

void Retrieval::top(std::string_view number, std::string_view lines) {
  const auto found = messages_.find(number);
  if (!found) return;
  OpenMessage message;
  const auto wanted = number_of_lines(lines);
  if (!wanted) return void(client_ << "-ERR bad number of lines\r\n");
  if (!messages_.open(*found, message)) return;
  client_ << "+OK top of message follows\r\n";
  reply_begin_ = client_.written();
  TopLimit limit(*wanted);
  count(top_, send_message(*found, message, &limit, std::nullopt));
}

// Replies with a message of one chunk.  Only its encoding tells how many octets
// it has: the message is encoded first, with room left for the line before it.
lib::Result<uint64_t> Retrieval::send_at_once(size_t n,
                                              const OpenMessage& message) {
  const auto chunk = read_chunk(message, 0, messages_.chunk_buffer());
  if (!chunk.ok()) return chunk.error();
  note_compressed(n, chunk.value());
  const size_t room = Encoder::room_for(chunk.value().size());
  char* const into = client_.room(kLongestHead + room + Encoder::kLongestEnd);
  char* const body = into + kLongestHead;
  Encoder encoder;
  size_t size = encoder.encode(chunk.value(), body);
  size += encoder.finish(body + size);
  lib::FixedText<kLongestHead> head;
  (head << "+OK ").number(encoder.octets()) << " octets\r\n";
  memcpy(into, head.data(), head.size());
  memmove(into + head.size(), body, size);
  client_.advance(head.size() + size);
  reply_begin_ = client_.written() - size;
  return encoder.octets();
}

// Replies with a longer message, whose octets are known or else counted.
lib::Result<uint64_t> Retrieval::send_in_chunks(size_t n,
                                                const OpenMessage& message,
                                                std::optional<uint64_t> known) {
  if (!known) {
    const auto counted = count_octets(message, messages_.chunk_buffer());
    if (!counted.ok()) return counted.error();
    known = counted.value();
  }
  client_ << "+OK ";
  client_.number(*known) << " octets\r\n";
  reply_begin_ = client_.written();
  const uint64_t sent = send_message(n, message, nullptr, known);
  if (sent != known && !has_failed_ && !client_.broken())
    stop_short(n, message, *known);
  return sent;
}

// Sends the message, or its top if there is a limit, and the final dot.
// Returns the octets sent.  Sends no dot if the file ends too early, which is a
// failure, or if other octets were announced.
uint64_t Retrieval::send_message(size_t n, const OpenMessage& message,
                                 TopLimit* limit,
                                 std::optional<uint64_t> announced) {
  Encoder encoder;
  for (uint64_t at = 0; at < message.size;) {
    const auto read = read_chunk(message, at, messages_.chunk_buffer());
    if (!read.ok()) {
      messages_.warn(n, read.error());
      has_failed_ = true;
      return encoder.octets();
    }
    std::string_view chunk = read.value();
    if (at == 0) note_compressed(n, chunk);
    at += chunk.size();
    if (limit != nullptr) chunk = chunk.substr(0, limit->take(chunk));
    char* const into = client_.room(Encoder::room_for(chunk.size()));
    client_.advance(encoder.encode(chunk, into));
    if (client_.broken()) return encoder.octets();
    if (limit != nullptr && limit->done()) break;
  }
  if (!announced || encoder.octets() == *announced)
    client_.advance(encoder.finish(client_.room(Encoder::kLongestEnd)));
  return encoder.octets();
}

// The file does not have the octets that were announced.  Fails, and counts
// them for the next session.
void Retrieval::stop_short(size_t n, const OpenMessage& message,
                           uint64_t announced) {
  has_failed_ = true;
  const auto octets = count_octets(message, messages_.chunk_buffer());
  if (octets.ok()) correct(n, message, octets.value());
  const Message known = mailbox_.catalog().message(n);
  if (mailbox_.catalog().damaged()) return;
  lib::LogLine line(log_, "octets", lib::Log::Level::Warning);
  line.field("file", path_of(known).view()).number("announced", announced);
  if (octets.ok()) line.number("found", octets.value());
  line.field("user", log_.user());
}

// The client gets the message as it is stored, which no mail program can show.
[[gnu::noinline]] void Retrieval::note_compressed(size_t n,
                                                  std::string_view start) {
  if (has_noted_compressed_) return;
  const std::string_view format = compression_of(start);
  if (format.empty()) return;
  has_noted_compressed_ = true;
  const Message known = mailbox_.catalog().message(n);
  if (mailbox_.catalog().damaged()) return;
  lib::LogLine(log_, "compressed", lib::Log::Level::Warning)
      .field("format", format)
      .field("file", path_of(known).view())
      .field("user", log_.user());
}

void Retrieval::correct(size_t n, const OpenMessage& message, uint64_t octets) {
  const Message known = mailbox_.catalog().message(n);
  if (mailbox_.catalog().damaged()) return;
  indexes_.correct({std::string(unique_part(known.name)), known.inode, octets,
                    message.fingerprint});
}

// A reply counts as soon as all of it has left.
void Retrieval::count(Statistics::Tally& tally, uint64_t octets) {
  count_sent();
  const bool whole = !has_failed_ && !client_.broken();
  replies_.push_back(
      {&tally, reply_begin_, whole ? client_.written() : UINT64_MAX, octets});
}

void Retrieval::count_sent() {
  std::erase_if(replies_, [this](const Reply& reply) {
    if (reply.end > client_.sent()) return false;
    reply.tally->add(reply.octets);
    return true;
  });
}

// The replies that have not left by now were broken off.  Of each, the bytes
// that were sent count, dot-stuffing included, but no more than its octets.
void Retrieval::summarise(Statistics& into) {
  count_sent();
  into.retr = retr_;
  into.top = top_;
  for (const Reply& reply : replies_) {
    const uint64_t sent = client_.sent();
    const uint64_t left = sent > reply.begin ? sent - reply.begin : 0;
    into.part.add(std::min(left, reply.octets));
  }
}

}  // namespace pop3d
