// SPDX-License-Identifier: ISC
#include "maildir-pop3d/protocol/session_log.h"

#include "lib/io/deadline.h"

namespace pop3d {

void log_close(const lib::Log& log, const Identity& who,
               const Statistics& statistics) {
  lib::LogLine line(log, "close");
  line.field("reason", statistics.reason)
      .field("user", who.user)
      .field("ip", who.ip)
      .pair("top", statistics.top.count, statistics.top.octets)
      .pair("retr", statistics.retr.count, statistics.retr.octets);
  if (statistics.part.count != 0) line.number("part", statistics.part.octets);
  line.pair("dele", statistics.deleted.count, statistics.deleted.octets)
      .pair("left", statistics.left.count, statistics.left.octets)
      .tenths("seconds", statistics.tenths);
}

void log_deleted(const lib::Log& log, const Identity& who, Mailbox& mailbox,
                 const Statistics& statistics) {
  constexpr int64_t kMostSeconds = 10;
  const auto deadline = lib::Deadline::in_seconds(kMostSeconds);
  size_t left = statistics.unlinked.size();
  for (const size_t n : statistics.unlinked) {
    if (deadline.passed()) break;
    --left;
    Uidl made;
    lib::LogLine line(log, "deleted");
    const std::string_view id = mailbox.uidl(n, made);
    if (mailbox.damaged())
      line.unknown("id");
    else
      line.field("id", id);
    const Message message = mailbox.catalog().message(n);
    line.number("octets", message.octets)
        .field("file", path_of(message).view())
        .field("user", who.user)
        .field("ip", who.ip);
  }
  if (left != 0)
    lib::LogLine(log, "deleted")
        .number("omitted", left)
        .field("user", who.user)
        .field("ip", who.ip);
}

void log_classical(const lib::Log& log, const Identity& who,
                   const Statistics& statistics) {
  lib::LogLine(log, "statistics")
      .field("user", who.user)
      .number("deleted", statistics.deleted.count)
      .number("deleted_bytes", statistics.deleted.octets)
      .number("left", statistics.left.count)
      .number("left_bytes", statistics.left.octets);
}

void log_unreadable(const lib::Log& log, size_t messages,
                    const lib::Error& why) {
  lib::LogLine line(log, "unreadable", lib::Log::Level::Warning);
  if (messages != 0) line.number("messages", messages);
  line.error(why).field("user", log.user());
}

void log_failed_list(const lib::Log& log, const UidlList& list,
                     const Identity& who) {
  lib::LogLine line(log, "fail", lib::Log::Level::Error);
  line.error(list.error());
  if (list.line() != 0) line.number("line", list.line());
  line.field("user", who.user).field("ip", who.ip);
}

}  // namespace pop3d
