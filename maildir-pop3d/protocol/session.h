// SPDX-License-Identifier: ISC
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "lib/io/log.h"
#include "lib/io/trace.h"
#include "maildir-pop3d/extensions/submission.h"
#include "maildir-pop3d/index/indexes.h"
#include "maildir-pop3d/mailbox/mailbox.h"
#include "maildir-pop3d/mailbox/renames.h"
#include "maildir-pop3d/maildir/maildir.h"
#include "maildir-pop3d/protocol/connection.h"
#include "maildir-pop3d/protocol/session_log.h"
#include "maildir-pop3d/wire/wire.h"
#include "maildir-pop3d/wire/xtnd_list.h"

namespace pop3d {

struct SessionRules {
  bool commit_on_error = false;
  bool keep_new = false;
  unsigned login_delay = 0;        // seconds, for CAPA
  std::string_view capabilities;   // as POPUP_CAPA, valid
  Submitter* submitter = nullptr;  // none: no XTND XMIT
  Identity who;                    // for the log
};

// The TRANSACTION and UPDATE states (RFC 1939 sections 5 and 6; RFC 1460
// LAST; RFC 2449 CAPA), from the greeting to the last reply.
class Session {
 public:
  // Everything is borrowed.
  Session(Connection& client, Maildir& maildir, Mailbox& mailbox,
          Indexes& indexes, const SessionRules& rules, const lib::Log& log,
          const lib::Trace& trace);

  // Returns when the client has left or was left; all fields but tenths are
  // filled.  Changes the Maildir only after QUIT, or with commit_on_error.
  Statistics run();

 private:
  using Words = std::span<const std::string_view>;
  struct Command;
  static const Command kCommands[];
  static const Command* find_command(std::string_view keyword);

  void greet();
  bool serve(ReadStatus status, std::string_view line);
  void execute(std::string_view line);
  bool refuse(ReadStatus status, std::string_view line);
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

  bool find(std::string_view number, size_t& n);
  lib::Status locate(size_t n, OpenMessage& message);
  bool open(size_t n, OpenMessage& message);
  void list_field(const Extension& wanted);
  lib::Status send_field(std::string_view header, size_t n,
                         const OpenMessage& message);
  void submit_message();
  bool receive_message(Spool& spool);
  lib::Result<uint64_t> send_at_once(const OpenMessage& message);
  lib::Result<uint64_t> send_in_chunks(size_t n, const OpenMessage& message,
                                       std::optional<uint64_t> known);
  uint64_t send_message(size_t n, const OpenMessage& message, TopLimit* limit,
                        std::optional<uint64_t> announced);
  void correct(size_t n, const OpenMessage& message, uint64_t octets);
  void stop_short(size_t n, const OpenMessage& message, uint64_t announced);
  void refuse_unreadable(size_t n, const lib::Error& error);
  std::span<char> chunk_buffer();
  void count(Statistics::Tally& tally, uint64_t octets);
  void count_sent();
  void count_broken_off();
  void send_octets(size_t n);
  void send_uidl(size_t n);
  [[nodiscard]] bool can_go_on() const;
  void end_listing();
  void summarise();
  bool finish_update();
  void warn(const lib::Error& error, size_t n) const;
  void fail(const lib::Error& error, size_t n);
  void end_by_error();
  void abandon(const Connection::Mark& before);

  Connection& client_;
  Maildir& maildir_;
  Mailbox& mailbox_;
  Indexes& indexes_;
  const SessionRules& rules_;
  const lib::Log& log_;
  const lib::Trace& trace_;
  Renames renames_;
  Statistics statistics_;
  // Replies with a message that may not have left yet: what of the output they
  // are, without their first line.
  struct Reply {
    Statistics::Tally* tally;
    uint64_t begin;
    uint64_t end;  // UINT64_MAX: it was not written whole
    uint64_t octets;
  };
  std::vector<Reply> replies_;
  uint64_t reply_begin_ = 0;  // of the one that is being written
  bool over_ = false;
  bool line_had_cr_ = false;  // the command's, in front of its LF
};

}  // namespace pop3d
