// SPDX-License-Identifier: ISC
// RETR and TOP: a message is found, opened, counted and sent.
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <string>

#include "lib/text/fixed_text.h"
#include "lib/text/text.h"
#include "maildir-pop3d/maildir/scan.h"
#include "maildir-pop3d/protocol/session.h"

namespace pop3d {
namespace {

constexpr std::string_view kNotNow =
    "-ERR [SYS/TEMP] unable to read the message\r\n";

// Of a message as it is read: its encoding fits the output buffer together
// with what a chunk before it left there.
constexpr size_t kChunk = 32UL * 1024;

// "+OK 18446744073709551615 octets" and its end.
constexpr size_t kLongestHead = 33;

// Larger messages are not counted to find out whether their names lie: that
// would keep the client waiting.
constexpr uint64_t kLongestCount = uint64_t{64} << 20U;

// Nothing if they have to be counted: the file has changed, or its name alone
// may have told them.  A name that lies must cost no client its session.
std::optional<uint64_t> known_octets(const OpenMessage& message,
                                     const Message& known) {
  if (message.fingerprint != known.fingerprint) return std::nullopt;
  const auto hint =
      octets_hint(size_hints(unique_part(known.name)), message.size);
  if (hint == known.octets && message.size <= kLongestCount)
    return std::nullopt;
  return known.octets;
}

// Nothing has the name, or at first something that is no message: a directory,
// a FIFO (0), a symbolic link.
bool may_be_renamed(const lib::Error& error, bool looked) {
  return error.code == ENOENT ||
         (!looked && (error.code == 0 || error.code == ELOOP));
}

}  // namespace

void Session::retr(Words words) {
  size_t n = 0;
  OpenMessage message;
  if (!find(words[0], n) || !open(n, message)) return;
  const Message known = mailbox_.catalog().message(n);
  const uint64_t listed = known.octets;
  if (message.fingerprint != known.fingerprint) indexes_.distrust();
  const auto sent =
      message.size <= kChunk
          ? send_at_once(message)
          : send_in_chunks(n, message, known_octets(message, known));
  if (!sent.ok()) return refuse_unreadable(n, sent.error());
  if (sent.value() != listed && !over_ && !client_.broken())
    correct(n, message, sent.value());
  mailbox_.touch(n);
  count(statistics_.retr, sent.value());
}

void Session::correct(size_t n, const OpenMessage& message, uint64_t octets) {
  const Message known = mailbox_.catalog().message(n);
  if (mailbox_.catalog().damaged()) return;
  indexes_.correct({std::string(unique_part(known.name)), known.inode, octets,
                    message.fingerprint});
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
  reply_begin_ = client_.written() - size;
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
  reply_begin_ = client_.written();
  const uint64_t sent = send_message(n, message, nullptr, known);
  if (sent != known && !over_ && !client_.broken())
    stop_short(n, message, *known);
  return sent;
}

// The file is not what was announced: the client must not take it for whole.
// The next session has the right octets.
[[gnu::noinline]] void Session::stop_short(size_t n, const OpenMessage& message,
                                           uint64_t announced) {
  end_by_error();
  const auto octets = count_octets(message, chunk_buffer());
  if (octets.ok()) correct(n, message, octets.value());
  const Message known = mailbox_.catalog().message(n);
  if (mailbox_.catalog().damaged()) return;
  lib::LogLine line(log_, "octets", lib::Log::Level::Warning);
  line.field("file", path_of(known).view()).number("announced", announced);
  if (octets.ok()) line.number("found", octets.value());
  line.field("user", rules_.who.user);
}

void Session::top(Words words) {
  size_t n = 0;
  OpenMessage message;
  if (!find(words[0], n)) return;
  const auto lines = lib::parse_number(words[1]);
  if (!lines) return void(client_ << "-ERR bad number of lines\r\n");
  if (!open(n, message)) return;
  client_ << "+OK top of message follows\r\n";
  reply_begin_ = client_.written();
  TopLimit limit(*lines);
  count(statistics_.top, send_message(n, message, &limit, std::nullopt));
}

// ENOENT: the file is gone, and not to be found under another name either.
lib::Status Session::locate(size_t n, OpenMessage& message) {
  Catalog& catalog = mailbox_.catalog();
  Attempts attempts;
  bool looked = false;
  do {
    const Message wanted = catalog.message(n);
    if (catalog.damaged()) return catalog.damage();
    if (looked && renames_.where(n) == Whereabouts::Gone)
      return lib::Error{"find a message", ENOENT};
    auto opened = maildir_.open_file(wanted.folder, wanted.name.data());
    // Another file that took the message's name counts only if the message's
    // own is not there any more.
    if (opened.ok() && (looked || is_file_of(wanted, opened.value().inode,
                                             opened.value().fingerprint))) {
      message = std::move(opened.value());
      return {};
    }
    if (!opened.ok() && !may_be_renamed(opened.error(), looked))
      return opened.error();
    lib::Status followed = renames_.follow(maildir_, catalog, attempts);
    if (!followed.ok()) return followed;
    looked = true;
  } while (attempts.again());
  return kEverChanging;
}

// False with the reply said.
bool Session::open(size_t n, OpenMessage& message) {
  const lib::Status found = locate(n, message);
  if (found.ok()) return true;
  if (mailbox_.catalog().damaged()) return false;  // abandon() replies
  if (found.error().code == ENOENT)
    client_ << "-ERR the message is gone\r\n";
  else
    refuse_unreadable(n, found.error());
  return false;
}

void Session::refuse_unreadable(size_t n, const lib::Error& error) {
  client_ << kNotNow;
  // Its mode or its owner has changed, which shows in no directory: the next
  // session leaves it out.
  if (error.code == EACCES || error.code == EPERM) indexes_.distrust();
  auto path = path_of(mailbox_.catalog().message(n));
  if (!mailbox_.catalog().damaged())
    log_unreadable(log_, rules_.who, 0, error.about(path.c_str()));
}

// A reply counts once all of it has left.
void Session::count(Statistics::Tally& tally, uint64_t octets) {
  count_sent();
  const bool whole = !over_ && !client_.broken();
  replies_.push_back(
      {&tally, reply_begin_, whole ? client_.written() : UINT64_MAX, octets});
}

void Session::count_sent() {
  std::erase_if(replies_, [this](const Reply& reply) {
    if (reply.end > client_.sent()) return false;
    reply.tally->add(reply.octets);
    return true;
  });
}

// At the end: what has not left by now was broken off.  The dots that were
// stuffed are not told apart here.
void Session::count_broken_off() {
  count_sent();
  for (const Reply& reply : replies_) {
    const uint64_t sent = client_.sent();
    const uint64_t left = sent > reply.begin ? sent - reply.begin : 0;
    statistics_.part.add(std::min(left, reply.octets));
  }
}

std::span<char> Session::chunk_buffer() {
  return maildir_.buffer().span().first(kChunk);
}

// The message, or with a limit its top, and the final dot.  Returns the octets
// sent.  If the file ends too early so does the session: the client must not
// take the rest for whole.  Nor is there a dot if other octets were announced.
uint64_t Session::send_message(size_t n, const OpenMessage& message,
                               TopLimit* limit,
                               std::optional<uint64_t> announced) {
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
  if (!announced || encoder.octets() == *announced)
    client_.advance(encoder.finish(client_.room(Encoder::kLongestEnd)));
  return encoder.octets();
}

}  // namespace pop3d
