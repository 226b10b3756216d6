// SPDX-License-Identifier: ISC
// RETR and TOP: a message is found, opened, counted and sent.
#include <cerrno>
#include <cstring>
#include <optional>

#include "lib/fixed_text.h"
#include "lib/text.h"
#include "maildir-pop3d/scan.h"
#include "maildir-pop3d/session.h"

namespace pop3d {
namespace {

constexpr std::string_view kNotNow =
    "-ERR [SYS/TEMP] unable to read the message\r\n";

// Of a message as it is read: its encoding fits the output buffer together
// with what a chunk before it left there.
constexpr size_t kChunk = 32UL * 1024;

// "+OK 18446744073709551615 octets" and its end.
constexpr size_t kLongestHead = 33;

}  // namespace

void Session::retr(Words words) {
  size_t n = 0;
  OpenMessage message;
  if (!find(words[0], n) || !open(n, message)) return;
  const Message known = mailbox_.catalog().message(n);
  std::optional<uint64_t> octets;
  if (message.fingerprint == known.fingerprint)
    octets = known.octets;
  else
    indexes_.distrust();
  const auto sent = message.size <= kChunk ? send_at_once(message)
                                           : send_in_chunks(n, message, octets);
  if (!sent.ok()) {
    warn(sent.error(), n);
    return void(client_ << kNotNow);
  }
  mailbox_.touch(n);
  statistics_.retr.add(sent.value());
}

// The reply with a message of one chunk.  Its octets are those that it was
// encoded to, behind the room for the line that tells them.
lib::Result<uint64_t> Session::send_at_once(const OpenMessage& message) {
  const auto chunk = read_chunk(message, 0, chunk_buffer());
  if (!chunk.ok()) return chunk.error();
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
  return encoder.octets();
}

// The reply with any other, whose octets are known or have to be counted.
lib::Result<uint64_t> Session::send_in_chunks(size_t n,
                                              const OpenMessage& message,
                                              std::optional<uint64_t> known) {
  if (!known) {
    const auto counted = count_octets(message, chunk_buffer());
    if (!counted.ok()) return counted.error();
    known = counted.value();
  }
  client_ << "+OK ";
  client_.number(*known) << " octets\r\n";
  const uint64_t sent = send_message(n, message, nullptr);
  if (sent != known && !over_ && !client_.broken())
    warn({"keep to the octets that a file name told", 0}, n);
  return sent;
}

void Session::top(Words words) {
  size_t n = 0;
  OpenMessage message;
  if (!find(words[0], n)) return;
  const auto lines = lib::parse_number(words[1]);
  if (!lines) return void(client_ << "-ERR bad number of lines\r\n");
  if (!open(n, message)) return;
  client_ << "+OK top of message follows\r\n";
  TopLimit limit(*lines);
  statistics_.top.add(send_message(n, message, &limit));
}

// ENOENT: the file is gone, and not to be found under another name either.
lib::Status Session::locate(size_t n, OpenMessage& message) {
  Catalog& catalog = mailbox_.catalog();
  for (int tries = 0; tries < 3; ++tries) {
    const Message wanted = catalog.message(n);
    if (catalog.damaged()) return catalog.damage();
    auto opened = maildir_.open_file(wanted.folder, wanted.name.data());
    if (opened.ok()) {
      message = std::move(opened.value());
      const bool mistaken =
          catalog.is_ambiguous(n) && message.fingerprint != wanted.fingerprint;
      if (!mistaken) return {};
    } else if (opened.error().code != ENOENT) {
      return opened.error();
    }
    const auto followed = renames_.follow(maildir_, catalog);
    if (!followed.ok()) return followed.error();
    if (!followed.value()) break;
  }
  return lib::Error{"find a message", ENOENT};
}

// False with the reply said.
bool Session::open(size_t n, OpenMessage& message) {
  const lib::Status found = locate(n, message);
  if (found.ok()) return true;
  if (mailbox_.catalog().damaged()) return false;  // abandon() replies
  if (found.error().code == ENOENT) {
    client_ << "-ERR the message is gone\r\n";
  } else {
    warn(found.error(), n);
    client_ << kNotNow;
  }
  return false;
}

std::span<char> Session::chunk_buffer() {
  return maildir_.buffer().span().first(kChunk);
}

// The message, or with a limit its top, and the final dot.  Returns the octets
// sent.  Where the file ends too early so does the session: the client must
// not take the rest for whole.
uint64_t Session::send_message(size_t n, const OpenMessage& message,
                               TopLimit* limit) {
  Encoder encoder;
  for (uint64_t at = 0; at < message.size;) {
    const auto read = read_chunk(message, at, chunk_buffer());
    if (!read.ok()) {
      fail(read.error(), n);
      return encoder.octets();
    }
    std::string_view chunk = read.value();
    at += chunk.size();
    if (limit != nullptr) chunk = chunk.substr(0, limit->take(chunk));
    char* const into = client_.room(Encoder::room_for(chunk.size()));
    client_.advance(encoder.encode(chunk, into));
    if (client_.broken()) return encoder.octets();
    if (limit != nullptr && limit->done()) break;
  }
  client_.advance(encoder.finish(client_.room(Encoder::kLongestEnd)));
  return encoder.octets();
}

}  // namespace pop3d
