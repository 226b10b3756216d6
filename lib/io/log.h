// SPDX-License-Identifier: ISC
#pragma once

#include <cstdint>
#include <string_view>

#include "lib/result.h"
#include "lib/text/fixed_text.h"

namespace lib {

// One line: the program's name and a colon, " key=value" for each field.
using LogText = FixedText<2046>;

enum class Verbosity { Quiet, Normal, Verbose };

// One line per event, key=value, on descriptor 2 or to syslog
// (doc/design.md, "Log").  A line leaves in one write and is at most 2 KiB.
class Log {
 public:
  enum class Level { Info, Warning, Error, Debug };

  // program is the word before the first colon.  Where descriptor 2 is
  // closed, or is the client's connection (inetd), it becomes /dev/null and
  // the log goes to syslog: no line may ever reach the client.
  explicit Log(const char* program);
  // Opens the connection at once, so that it survives a chroot or a sandbox.
  void to_syslog(int facility);
  // Anew, for a process that has closed what it inherited from 3 upwards.
  void reconnect() const;
  void set_session(std::string_view session_id);  // sid= of every line
  // What popup tells the programs that follow it.  The session's id, from
  // POPUP_SID, where that is 1-64 letters, digits, dots, dashes and
  // underscores: nobody else's word is copied into the log.  And to syslog, if
  // popup logs there (is_syslog_inherited()).
  void inherit();
  // user= of every warning; borrowed.
  void set_user(std::string_view user) { user_ = user; }
  void set_verbosity(Verbosity verbosity) { verbosity_ = verbosity; }
  [[nodiscard]] Verbosity verbosity() const { return verbosity_; }

  [[nodiscard]] bool is_syslog() const { return syslog_; }
  [[nodiscard]] const char* program() const { return program_; }
  [[nodiscard]] std::string_view session() const { return session_.view(); }
  [[nodiscard]] std::string_view user() const { return user_; }

  // Sends a finished line; Info lines are dropped when quiet.
  void send(Level level, LogText& line) const;
  // event=warning, what LogLine::error() tells, and the user if one is set.
  void warning(const Error& error) const;

 private:
  const char* program_;
  FixedText<64> session_;
  std::string_view user_;
  Verbosity verbosity_ = Verbosity::Normal;
  bool syslog_ = false;
  int facility_ = 0;
};

// True if POPUP_SYSLOG is 1: popup logs to syslog, so that descriptor 2 may
// lead nowhere (popup puts /dev/null there under inetd, and as a daemon).
bool is_syslog_inherited();

// Builds one event line and sends it when it goes out of scope.  It takes 2 KiB
// of stack: where a function mostly says nothing, or calls others that run for
// long, its lines are functions of their own, [[gnu::noinline]].
class LogLine {
 public:
  LogLine(const Log& log, std::string_view event,
          Log::Level level = Log::Level::Info);
  LogLine(const LogLine&) = delete;
  LogLine& operator=(const LogLine&) = delete;
  ~LogLine();

  // key is a constant; a value with bytes outside [A-Za-z0-9._@/:+-], or an
  // empty one, is quoted and escaped; very long values are cut (`...`).
  LogLine& field(std::string_view key, std::string_view value);
  // key=?, unquoted: told apart from a value that is a question mark.
  LogLine& unknown(std::string_view key);
  LogLine& number(std::string_view key, uint64_t value);
  // key=a/b
  LogLine& pair(std::string_view key, uint64_t a, uint64_t b);
  // cause="unable to ...: No such file or directory" errno=2 file=NAME; the
  // last two if the error has them.
  LogLine& error(const Error& error);
  // key=12.3
  LogLine& tenths(std::string_view key, uint64_t tenths);

 private:
  const Log& log_;
  Log::Level level_;
  LogText text_;
};

// "unable to <doing>: <errno text>"
FixedText<512> cause_of(const Error& error);

// Appends value as field() writes it (pure; for tests and traces).
void append_log_value(LogText& text, std::string_view value);

}  // namespace lib
