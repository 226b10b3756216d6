// SPDX-License-Identifier: ISC
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "lib/io/log.h"
#include "lib/io/trace.h"
#include "maildir-pop3d/extensions/submission.h"
#include "maildir-pop3d/index/indexes.h"
#include "maildir-pop3d/mailbox/mailbox.h"
#include "maildir-pop3d/maildir/maildir.h"
#include "maildir-pop3d/protocol/connection.h"
#include "maildir-pop3d/protocol/message_reader.h"
#include "maildir-pop3d/protocol/retrieval.h"
#include "maildir-pop3d/protocol/session_log.h"
#include "maildir-pop3d/wire/dot_decoder.h"

// This folder speaks POP3 with the client: commands in, replies out.
// Only the top of maildir-pop3d may call it.
// It may call all other folders of maildir-pop3d.
namespace pop3d {

struct SessionRules {
  bool commit_on_error = false;
  bool keep_new = false;
  bool log_ids = false;
  unsigned login_delay = 0;        // seconds, announced by CAPA
  std::string_view capabilities;   // CAPA's other lines, valid (POPUP_CAPA)
  Submitter* submitter = nullptr;  // null: XTND XMIT is not allowed
  Identity who;                    // for the log
};

// One session from the greeting to the last reply: the TRANSACTION and UPDATE
// states (RFC 1939 sections 5 and 6), with LAST (RFC 1460) and CAPA (RFC 2449).
class Session {
 public:
  // Everything is borrowed.
  Session(Connection& client, Maildir& maildir, Mailbox& mailbox,
          Indexes& indexes, const SessionRules& rules, const lib::Log& log,
          const lib::Trace& trace);

  // Serves the client until it leaves, or until an error, a timeout or SIGTERM
  // ends the session.  Removes messages only after QUIT, or with
  // commit_on_error.  Fills in all of the statistics but tenths.
  Statistics run();

 private:
  using Words = std::span<const std::string_view>;
  struct Command;
  static const Command kCommands[];
  static const Command* find_command(std::string_view keyword);

  void greet();
  void serve(ReadStatus status, std::string_view line);
  void execute(std::string_view line);
  void refuse(ReadStatus status, std::string_view line);
  void trace_line(std::string_view line) const;

  void capa(Words);
  void dele(Words words);
  void last(Words);
  void list(Words words);
  void noop(Words);
  void quit(Words);
  void retr(Words words);
  void rset(Words);
  void stat(Words);
  void top(Words words);
  void uidl(Words words);
  void xtnd(Words words);
  void logged_in_already(Words);

  template <typename SendLine>
  void send_listing(Words words, SendLine send_line);
  void send_octets(size_t n);
  void send_uidl(size_t n);
  bool finish_update();
  void end(std::string_view reason);
  void abandon(uint64_t before);

  Connection& client_;
  Maildir& maildir_;
  Mailbox& mailbox_;
  Indexes& indexes_;
  const SessionRules& rules_;
  const lib::Log& log_;
  const lib::Trace& trace_;
  MessageReader messages_;
  Retrieval retrieval_;
  Statistics statistics_;
  bool over_ = false;
  LineEnd line_end_ = LineEnd::Crlf;  // of the last command
};

}  // namespace pop3d
