// SPDX-License-Identifier: ISC
#include "maildir-pop3d/protocol/statistics.h"

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

void log_classical(const lib::Log& log, const Identity& who,
                   const Statistics& statistics) {
  lib::LogLine(log, "statistics")
      .field("user", who.user)
      .number("deleted", statistics.deleted.count)
      .number("deleted_bytes", statistics.deleted.octets)
      .number("left", statistics.left.count)
      .number("left_bytes", statistics.left.octets);
}

}  // namespace pop3d
