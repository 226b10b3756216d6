// SPDX-License-Identifier: ISC
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

#include "lib/io/log.h"
#include "lib/result.h"
#include "maildir-pop3d/index/indexes.h"
#include "maildir-pop3d/mailbox/mailbox.h"
#include "maildir-pop3d/mailbox/renames.h"
#include "maildir-pop3d/maildir/maildir.h"
#include "maildir-pop3d/protocol/connection.h"

namespace pop3d {

// Finds and opens the messages that the client asks for.
class MessageReader {
 public:
  // Everything is borrowed.
  MessageReader(Connection& client, Maildir& maildir, Mailbox& mailbox,
                Indexes& indexes, const lib::Log& log)
      : client_(client),
        maildir_(maildir),
        mailbox_(mailbox),
        indexes_(indexes),
        log_(log) {}

  // The message that a client's number names.  If there is no such message,
  // replies so and returns nullopt.
  std::optional<size_t> find(std::string_view number);

  // Opens message n, even if its file was renamed.  If that fails, replies so
  // and returns false.  Does not reply if the mailbox is damaged: Session does.
  bool open(size_t n, OpenMessage& message);

  // The same without a reply.  ENOENT: the file is gone, and was not found
  // under another name.
  lib::Status open_quietly(size_t n, OpenMessage& message);

  // Replies that message n cannot be read, and logs why.
  void refuse(size_t n, const lib::Error& error);

  // Logs what was not possible with message n.
  void warn(size_t n, const lib::Error& error) const;

  // Memory for one chunk of a message.  Its encoding fits into the client's
  // output buffer beside that of the chunk before.
  static constexpr size_t kChunk = 32UL * 1024;
  [[nodiscard]] std::span<char> chunk_buffer() {
    return maildir_.buffer().span().first(kChunk);
  }

  [[nodiscard]] Renames& renames() { return renames_; }

 private:
  Connection& client_;
  Maildir& maildir_;
  Mailbox& mailbox_;
  Indexes& indexes_;
  const lib::Log& log_;
  Renames renames_;
};

}  // namespace pop3d
