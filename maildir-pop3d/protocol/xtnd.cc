// SPDX-License-Identifier: ISC
#include "maildir-pop3d/protocol/xtnd.h"

#include <cerrno>
#include <span>
#include <string>
#include <string_view>

#include "maildir-pop3d/maildir/attempts.h"

namespace pop3d {
namespace {

// After so many messages the output is sent.  Each costs reading a file, so a
// whole batch of output takes long: the client could give up waiting for it.
constexpr size_t kFieldsAtOnce = 1000;

lib::Status send_field(std::string_view header, size_t n,
                       const OpenMessage& message, std::span<char> buffer,
                       Connection& client) {
  FieldCopy field(header, n + 1);
  std::string text;
  bool more = true;
  for (uint64_t at = 0; more && at < message.size;) {
    const auto chunk = read_chunk(message, at, buffer);
    if (!chunk.ok()) return chunk.error();
    at += chunk.value().size();
    text.clear();
    more = field.add(chunk.value(), text);
    client << text;
  }
  text.clear();
  field.finish(text);
  client << text;
  return {};
}

ReadStatus receive_message(LineEnd line_end, Connection& client, Spool& spool) {
  DotDecoder decoder(line_end);
  std::string text;
  while (!decoder.done()) {
    std::string_view bytes;
    const ReadStatus status = client.read_bytes(bytes);
    if (status != ReadStatus::Line) return status;
    text.clear();
    client.unread(bytes.size() - decoder.take(bytes, text));
    spool.add(text);
  }
  return ReadStatus::Line;
}

}  // namespace

ReadStatus list_field(const Extension& wanted, Connection& client,
                      Mailbox& mailbox, MessageReader& messages) {
  OpenMessage message;
  size_t first = 0;
  size_t end = mailbox.size();
  if (wanted.has_number) {
    const auto found = messages.find(wanted.number);
    if (!found || !messages.open(*found, message)) return ReadStatus::Line;
    first = *found;
    end = first + 1;
  }
  client << "+OK header lines follow\r\n";
  const auto can_go_on = [&] { return !client.broken() && !mailbox.damaged(); };
  for (size_t n = first; n < end && can_go_on(); ++n) {
    if (mailbox.is_deleted(n)) continue;
    if (!wanted.has_number) {
      const lib::Status opened = messages.open_quietly(n, message);
      if (!opened.ok()) {
        if (opened.error().code == ENOENT) continue;
        messages.warn(n, opened.error());
        if (std::string_view(opened.error().doing) == kEverChanging.doing)
          return ReadStatus::Failed;
        continue;
      }
    }
    const lib::Status sent =
        send_field(wanted.header, n, message, messages.chunk_buffer(), client);
    if (!sent.ok()) {
      messages.warn(n, sent.error());
      return ReadStatus::Failed;
    }
    if (n % kFieldsAtOnce == 0) (void)client.flush();
  }
  if (can_go_on()) client << ".\r\n";
  return ReadStatus::Line;
}

ReadStatus submit_message(LineEnd line_end, Submitter* submitter, int tmp,
                          Connection& client, const lib::Log& log) {
  if (submitter == nullptr) {
    client << "-ERR submission is not allowed here\r\n";
    return ReadStatus::Line;
  }
  auto spool = Spool::create(tmp);
  if (!spool.ok()) {
    log.warning(spool.error().about("tmp/"));
    client << "-ERR [SYS/TEMP] cannot take a message now\r\n";
    return ReadStatus::Line;
  }
  client << "+OK send the message, and a line with a dot after it\r\n";
  const ReadStatus status = receive_message(line_end, client, spool.value());
  if (status != ReadStatus::Line) return status;

  const lib::Status kept = spool.value().finish();
  const bool too_large = !kept.ok() && kept.error().code == EFBIG;
  Submission result = too_large ? Submission::Refused : Submission::Failed;
  if (kept.ok()) result = submitter->submit(spool.value());
  if (!kept.ok()) log.warning(kept.error().about("tmp/"));
  constexpr std::string_view kResults[] = {"accepted", "refused", "failed"};
  constexpr std::string_view kReplies[] = {
      "+OK submitted\r\n", "-ERR [SYS/PERM] the message was refused\r\n",
      "-ERR [SYS/TEMP] the message could not be submitted\r\n"};
  lib::LogLine(log, "submit")
      .field("result", kResults[static_cast<size_t>(result)])
      .number("bytes", spool.value().size())
      .field("user", log.user());
  client << kReplies[static_cast<size_t>(result)];
  return ReadStatus::Line;
}

}  // namespace pop3d
