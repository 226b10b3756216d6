// SPDX-License-Identifier: ISC
// XTND: what popper knew beyond RFC 1081.
#include <cerrno>
#include <string>

#include "maildir-pop3d/maildir/scan.h"
#include "maildir-pop3d/protocol/session.h"
#include "maildir-pop3d/wire/dot_decoder.h"

namespace pop3d {
namespace {

constexpr size_t kFieldsAtOnce = 1000;

}  // namespace

void Session::xtnd(Words words) {
  const Extension extension = parse_extension(words);
  switch (extension.kind) {
    case Extension::Kind::List: return list_field(extension);
    case Extension::Kind::Submit: return submit_message();
    case Extension::Kind::Unknown: break;
  }
  client_ << "-ERR unknown extension\r\n";
}

// A message that went away meanwhile is left out of the list of all.
void Session::list_field(const Extension& wanted) {
  OpenMessage message;
  size_t first = 0;
  size_t end = mailbox_.size();
  if (wanted.has_number) {
    if (!find(wanted.number, first) || !open(first, message)) return;
    end = first + 1;
  }
  client_ << "+OK header lines follow\r\n";
  for (size_t n = first; n < end && can_go_on(); ++n) {
    if (mailbox_.is_deleted(n)) continue;
    if (!wanted.has_number) {
      const lib::Status found = locate(n, message);
      if (!found.ok()) {
        if (std::string_view(found.error().doing) == kEverChanging.doing)
          return fail(found.error(), n);
        if (found.error().code != ENOENT) warn(found.error(), n);
        continue;
      }
    }
    const lib::Status sent = send_field(wanted.header, n, message);
    if (!sent.ok()) return fail(sent.error(), n);
    // Each line costs the reading of a file: a client that waits for a whole
    // batch of them could give up.
    if (n % kFieldsAtOnce == 0) (void)client_.flush();
  }
  end_listing();
}

lib::Status Session::send_field(std::string_view header, size_t n,
                                const OpenMessage& message) {
  FieldCopy field(header, n + 1);
  std::string text;
  bool more = true;
  for (uint64_t at = 0; more && at < message.size;) {
    const auto chunk = read_chunk(message, at, chunk_buffer());
    if (!chunk.ok()) return chunk.error();
    at += chunk.value().size();
    text.clear();
    more = field.add(chunk.value(), text);
    client_ << text;
  }
  text.clear();
  field.finish(text);
  client_ << text;
  return {};
}

void Session::submit_message() {
  if (rules_.submitter == nullptr)
    return void(client_ << "-ERR submission is not allowed here\r\n");
  auto spool = Spool::create(maildir_.tmp());
  if (!spool.ok()) {
    log_.warning(spool.error().about("tmp/"));
    return void(client_ << "-ERR [SYS/TEMP] cannot take a message now\r\n");
  }
  client_ << "+OK send the message, and a line with a dot behind it\r\n";
  if (!receive_message(spool.value())) return;

  const lib::Status kept = spool.value().finish();
  const bool too_large = !kept.ok() && kept.error().code == EFBIG;
  Submission result = too_large ? Submission::Refused : Submission::Failed;
  if (kept.ok()) result = rules_.submitter->submit(spool.value());
  if (!kept.ok()) log_.warning(kept.error().about("tmp/"));
  constexpr std::string_view kResults[] = {"accepted", "refused", "failed"};
  constexpr std::string_view kReplies[] = {
      "+OK submitted\r\n", "-ERR [SYS/PERM] the message was refused\r\n",
      "-ERR [SYS/TEMP] the message could not be submitted\r\n"};
  lib::LogLine(log_, "submit")
      .field("result", kResults[static_cast<size_t>(result)])
      .number("bytes", spool.value().size())
      .field("user", log_.user());
  client_ << kReplies[static_cast<size_t>(result)];
}

// False where the client left: then nothing is submitted.
bool Session::receive_message(Spool& spool) {
  // A client that ends its commands with LF alone ends its text so, too.
  DotDecoder decoder(line_had_cr_ ? LineEnd::Crlf : LineEnd::CrlfOrLf);
  std::string text;
  while (!decoder.done()) {
    std::string_view bytes;
    const ReadStatus status = client_.read_bytes(bytes);
    if (status != ReadStatus::Line) {
      over_ = true;
      return serve(status, {});
    }
    text.clear();
    client_.unread(bytes.size() - decoder.take(bytes, text));
    spool.add(text);
  }
  return true;
}

}  // namespace pop3d
