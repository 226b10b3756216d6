// SPDX-License-Identifier: ISC
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tests/bench/popbench/options.h"
#include "tests/bench/popbench/stream.h"

// A blocking POP3 client.  Any error ends the program, unless a function says
// otherwise: figures of a failing server would be worthless.
namespace popbench {

// The sizes of a multi-line reply.
struct Received {
  uint64_t wire = 0;    // from the '+' to the end of ".\r\n"
  uint64_t octets = 0;  // without the dots that were stuffed
  uint64_t bare_lf = 0;
};

class Connection {
 public:
  // Buffers at least this many bytes.
  explicit Connection(const Options& options, size_t buffer = 1 << 18);

  // False on an error, which error() returns.
  [[nodiscard]] bool open(long session);
  // Greeting, STLS if it is to be, USER and PASS.
  [[nodiscard]] bool login(long session);
  void open_or_die(long session);
  void login_or_die(long session);
  [[nodiscard]] const std::string& error() const { return error_; }

  void send(std::string_view text);
  // Sends a command and returns its first line; anything but +OK ends the
  // program.
  std::string command(const std::string& text);
  // The last column of each line of LIST or UIDL.
  std::vector<std::string> listing(const std::string& text);
  // Reads the reply to a RETR that was sent.
  Received multi_line();
  // Skips the whole reply to a LIST, UIDL, RETR, ... that was sent.
  void skip_multi_line();
  // False at the end of the connection.
  [[nodiscard]] bool line(std::string& into);
  // QUIT; waits until the server has closed.
  void quit();

  // The input that has arrived and was not taken yet; fill() waits for more.
  [[nodiscard]] std::string_view pending() const;
  void take(size_t bytes) { begin_ += bytes; }
  [[nodiscard]] bool fill();
  void set_quick_ack(bool on) { quick_ack_ = on; }

 private:
  void make_room();
  [[nodiscard]] bool secured();
  [[nodiscard]] bool secured_by_stls();
  [[nodiscard]] bool accepted(const std::string& text);

  const Options& options_;
  Stream stream_;
  std::vector<char> buffer_;
  size_t begin_ = 0;
  size_t end_ = 0;
  bool quick_ack_;
  std::string error_;
};

}  // namespace popbench
