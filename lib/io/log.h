// SPDX-License-Identifier: ISC
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <span>
#include <string_view>

#include "lib/io/unique_fd.h"
#include "lib/result.h"
#include "lib/text/fixed_text.h"

namespace lib {

// One line: the program's name, a colon, and " key=value" for each field.
using LogText = FixedText<2046>;

enum class Verbosity { Quiet, Normal, Verbose };

// Writes one line for each event, to descriptor 2 or to syslog (doc/design.md,
// "Log").  Each line leaves in one write and is at most 2 KiB long.
class Log {
 public:
  enum class Level { Info, Warning, Error, Debug };

  // Lines begin with program and a colon.  If descriptor 2 is closed or is the
  // client's connection (inetd), it becomes /dev/null and the log goes to
  // syslog, because no line may ever reach the client.
  explicit Log(const char* program);
  // Opens the connection at once, so that it survives a chroot or a sandbox.
  void to_syslog(int facility);
  // For a child, after all descriptors from 3 up have been closed: reopens
  // syslog, and leaves to its parent the lines that wait.
  void reconnect() const;
  // For a process that must never block: a line that cannot be written at once
  // waits for retry() or for the next line.  At most 64 KiB wait; the lines
  // after them are lost, and a line event=log lost=NUMBER takes their place.
  void never_wait();
  // Writes the lines that wait, as far as that is possible at once, unless it
  // was not possible just now.  False if some still wait.
  bool retry() const;
  // When to call retry() again, on the monotonic clock; INT64_MAX: no line
  // waits.
  [[nodiscard]] int64_t retry_ms() const;
  // For the end of a process that never waited: waits until all lines are
  // written, but a second at most.
  void finish() const;
  void set_session(std::string_view session_id);  // sid= of every line
  // Follows popup: takes the session id from POPUP_SID, and logs to syslog if
  // popup does (is_syslog_inherited()).  An id is ignored if it is not 1 to 64
  // letters, digits, dots, dashes and underscores: another front end may have
  // set it.
  void inherit();
  // user= of every warning.  The text is borrowed.
  void set_user(std::string_view user) { user_ = user; }
  void set_verbosity(Verbosity verbosity) { verbosity_ = verbosity; }
  [[nodiscard]] Verbosity verbosity() const { return verbosity_; }

  [[nodiscard]] bool is_syslog() const { return syslog_; }
  [[nodiscard]] const char* program() const { return program_; }
  [[nodiscard]] std::string_view session() const { return session_.view(); }
  [[nodiscard]] std::string_view user() const { return user_; }

  // Sends a finished line.  Info lines are dropped if the verbosity is Quiet.
  void send(Level level, LogText& line) const;
  // event=warning, the fields of LogLine::error(), and the user if one is set.
  void warning(const Error& error) const;

 private:
  void send_or_keep(Level level, LogText& line) const;
  bool send_gap() const;
  size_t write_line(std::string_view line) const;

  const char* program_;
  FixedText<64> session_;
  std::string_view user_;
  Verbosity verbosity_ = Verbosity::Normal;
  bool syslog_ = false;
  int facility_ = 0;
  bool waits_ = true;
  mode_t kind_ = 0;          // of descriptor 2, if the log never waits
  mutable UniqueFd socket_;  // to syslog
  // If the log never waits:
  mutable std::span<char> space_;  // for lines that wait
  mutable size_t waiting_ = 0;     // octets there, lines with line feeds
  mutable unsigned lost_ = 0;      // lines, after those that wait
  mutable int64_t pause_ms_ = 0;   // doubles while nothing can be written
  mutable int64_t retry_at_ms_ = 0;
};

// True if POPUP_SYSLOG is 1: popup logs to syslog.  Descriptor 2 may be
// /dev/null then (under inetd, and if popup is a daemon).
bool is_syslog_inherited();

// Builds one line, which the destructor sends.  It takes 2 KiB of stack: a
// function that seldom logs, or that calls others which run for long, logs in a
// function of its own, [[gnu::noinline]].  This way a popup without -D that
// waits for a session has 20 KiB of its own memory, otherwise 24 KiB.
class LogLine {
 public:
  LogLine(const Log& log, std::string_view event,
          Log::Level level = Log::Level::Info);
  LogLine(const LogLine&) = delete;
  LogLine& operator=(const LogLine&) = delete;
  ~LogLine();

  // key is a constant.  A value that is empty or has bytes outside
  // [A-Za-z0-9._@/:+-] is quoted and escaped.  A value longer than 512 bytes,
  // or than the rest of the line, is cut and ends with "...".
  LogLine& field(std::string_view key, std::string_view value);
  // key=? without quotes, unlike a value that is a question mark.
  LogLine& unknown(std::string_view key);
  LogLine& number(std::string_view key, uint64_t value);
  // key=a/b
  LogLine& pair(std::string_view key, uint64_t a, uint64_t b);
  // cause="unable to ...: No such file or directory" errno=2 file=NAME.  errno
  // and file are left out if the error has none.
  LogLine& error(const Error& error);
  // key=12.3
  LogLine& tenths(std::string_view key, uint64_t tenths);

 private:
  // Appends " key=".  False at the end of a line: this field and all further
  // ones are left out, because they may not fit.
  bool begin(std::string_view key);

  const Log& log_;
  Log::Level level_;
  bool full_ = false;
  LogText text_;
};

// "unable to DOING: TEXT OF ERRNO"; without an errno, "unable to DOING".
FixedText<512> cause_of(const Error& error);

// Appends value as field() writes it.
void append_log_value(LogText& text, std::string_view value);

}  // namespace lib
