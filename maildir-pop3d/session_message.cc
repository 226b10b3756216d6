// SPDX-License-Identifier: ISC
// RETR and TOP: a message is found, opened, counted and sent.
#include <cerrno>

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

}  // namespace

void Session::retr(Words words) {
  size_t n = 0;
  OpenMessage message;
  if (!find(words[0], n) || !open(n, message)) return;
  std::string_view first;
  if (message.size != 0 && message.size <= kChunk) {
    const auto chunk = read_chunk(message, 0, chunk_buffer());
    if (!chunk.ok()) return void(client_ << kNotNow);
    first = chunk.value();
  }
  const auto octets = octets_of(n, message, first);
  if (!octets.ok()) return void(client_ << kNotNow);
  mailbox_.touch(n);
  client_ << "+OK ";
  client_.number(octets.value()) << " octets\r\n";
  const uint64_t sent = send_message(message, first, nullptr);
  statistics_.retr.add(sent);
  if (sent != octets.value() && !over_ && !client_.broken())
    log_.warning({"keep to the octets that a file name told", 0});
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
  statistics_.top.add(send_message(message, {}, &limit));
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
    log_.warning(found.error());
    client_ << kNotNow;
  }
  return false;
}

// What RETR is about to send.  Counted where that costs nothing (first is
// the whole message), or where the file has changed since the scan.
lib::Result<uint64_t> Session::octets_of(size_t n, const OpenMessage& message,
                                         std::string_view first) {
  const Message known = mailbox_.catalog().message(n);
  if (message.fingerprint != known.fingerprint)
    indexes_.distrust();
  else if (message.size > kChunk)
    return known.octets;
  if (first.size() != message.size)
    return count_octets(message, chunk_buffer());
  OctetCounter counter;
  counter.add(first);
  return counter.total();
}

std::span<char> Session::chunk_buffer() {
  return maildir_.buffer().span().first(kChunk);
}

// The message, or with a limit its top, and the final dot; first is what of
// it has been read already.  Returns the octets sent.  Where the file ends
// too early so does the session: the client must not take the rest for whole.
uint64_t Session::send_message(const OpenMessage& message,
                               std::string_view first, TopLimit* limit) {
  Encoder encoder;
  std::string_view chunk = first;
  for (uint64_t at = 0; at < message.size; chunk = {}) {
    if (chunk.empty()) {
      const auto read = read_chunk(message, at, chunk_buffer());
      if (!read.ok()) {
        fail(read.error());
        return encoder.octets();
      }
      chunk = read.value();
    }
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
