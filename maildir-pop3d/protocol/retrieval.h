// SPDX-License-Identifier: ISC
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "lib/io/log.h"
#include "lib/result.h"
#include "maildir-pop3d/index/indexes.h"
#include "maildir-pop3d/mailbox/mailbox.h"
#include "maildir-pop3d/maildir/maildir.h"
#include "maildir-pop3d/protocol/connection.h"
#include "maildir-pop3d/protocol/message_reader.h"
#include "maildir-pop3d/protocol/session_log.h"
#include "maildir-pop3d/wire/wire.h"

namespace pop3d {

// RETR and TOP (RFC 1939 sections 5 and 7): sends messages, and counts them for
// the log.
class Retrieval {
 public:
  // Everything is borrowed.
  Retrieval(Connection& client, Mailbox& mailbox, Indexes& indexes,
            MessageReader& messages, const lib::Log& log)
      : client_(client),
        mailbox_(mailbox),
        indexes_(indexes),
        messages_(messages),
        log_(log) {}
  Retrieval(const Retrieval&) = delete;
  Retrieval& operator=(const Retrieval&) = delete;

  // The commands, with the client's arguments.
  void retr(std::string_view number);
  void top(std::string_view number, std::string_view lines);

  // True if a reply was cut short, so that the session has to end: its client
  // must not take half a message for the whole.
  [[nodiscard]] bool has_failed() const { return has_failed_; }

  // Fills in top, retr and part, after the last flush: a reply that has not
  // left by then never will.
  void summarise(Statistics& into);

 private:
  lib::Result<uint64_t> send_at_once(size_t n, const OpenMessage& message);
  lib::Result<uint64_t> send_in_chunks(size_t n, const OpenMessage& message,
                                       std::optional<uint64_t> known);
  uint64_t send_message(size_t n, const OpenMessage& message, TopLimit* limit,
                        std::optional<uint64_t> announced);
  void note_compressed(size_t n, std::string_view start);
  void correct(size_t n, const OpenMessage& message, uint64_t octets);
  void stop_short(size_t n, const OpenMessage& message, uint64_t announced);
  void count(Statistics::Tally& tally, uint64_t octets);
  void count_sent();

  // A reply that may not have left yet: where the message in it begins and ends
  // in the client's output.
  struct Reply {
    Statistics::Tally* tally;
    uint64_t begin;
    uint64_t end;  // UINT64_MAX if it was not written whole
    uint64_t octets;
  };

  Connection& client_;
  Mailbox& mailbox_;
  Indexes& indexes_;
  MessageReader& messages_;
  const lib::Log& log_;
  Statistics::Tally retr_;
  Statistics::Tally top_;
  std::vector<Reply> replies_;
  uint64_t reply_begin_ = 0;  // of the reply that is being written
  bool has_failed_ = false;
  bool has_noted_compressed_ = false;
};

}  // namespace pop3d
