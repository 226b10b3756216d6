// SPDX-License-Identifier: ISC
#pragma once

#include <cstdint>
#include <string_view>

#include "lib/io/log.h"
#include "lib/result.h"
#include "maildir-pop3d/mailbox/uidl_list.h"

namespace pop3d {

// What a session did, for its last log line (design.md, "Log").
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
  Tally part;  // of both, those that were broken off, and what left of them
  Tally deleted;
  Tally left;
  std::string_view reason;  // quit, eof, timeout, terminated or error
  uint64_t tenths = 0;      // of a second
};

// Whose session it is, for every log line.
struct Identity {
  std::string_view user;
  std::string_view ip;
};

void log_close(const lib::Log& log, const Identity& who,
               const Statistics& statistics);

// The five figures that popper and Tru64's pop3d log at the end.
void log_classical(const lib::Log& log, const Identity& who,
                   const Statistics& statistics);

// event=unreadable: messages that could not be read, or if messages is 0 the
// one that why names; why is about the first.
void log_unreadable(const lib::Log& log, size_t messages,
                    const lib::Error& why);

// event=fail: a list of unique ids that failed(), with its file and line.
void log_failed_list(const lib::Log& log, const UidlList& list,
                     const Identity& who);

}  // namespace pop3d
