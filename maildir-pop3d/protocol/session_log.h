// SPDX-License-Identifier: ISC
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "lib/io/log.h"
#include "lib/result.h"
#include "maildir-pop3d/mailbox/mailbox.h"
#include "maildir-pop3d/mailbox/uidl_list.h"

namespace pop3d {

// Counts of what a session did, for its last log line (design.md, "Log").
struct Statistics {
  struct Tally {
    uint64_t count = 0;
    uint64_t octets = 0;

    void add(uint64_t octets_more) {
      ++count;
      octets += octets_more;
    }
  };

  Tally top;   // whole replies
  Tally retr;  // whole messages
  Tally part;  // both, broken off: how many, and the octets that were sent
  Tally deleted;
  Tally left;
  std::vector<size_t> unlinked;  // messages that QUIT removed, with log_ids
  std::string_view reason;       // quit, eof, timeout, terminated or error
  uint64_t tenths = 0;           // of a second
};

// The user and the client's address, as log lines name them.
struct Identity {
  std::string_view user;
  std::string_view ip;
};

// event=close, the last line of a session.
void log_close(const lib::Log& log, const Identity& who,
               const Statistics& statistics);

// event=deleted: one line for each message of statistics.unlinked.  A log that
// nobody reads holds this up for ten seconds at most: the lines that are left
// out then are counted.
void log_deleted(const lib::Log& log, const Identity& who, Mailbox& mailbox,
                 const Statistics& statistics);

// event=statistics: the five figures that popper and Tru64's pop3d log at the
// end.
void log_classical(const lib::Log& log, const Identity& who,
                   const Statistics& statistics);

// event=unreadable: some messages cannot be read.  why names the first of them.
// If messages is 0, it is the only one, and the line has no count.
void log_unreadable(const lib::Log& log, size_t messages,
                    const lib::Error& why);

// event=fail: the list of unique ids has failed(); with its file and line.
void log_failed_list(const lib::Log& log, const UidlList& list,
                     const Identity& who);

}  // namespace pop3d
