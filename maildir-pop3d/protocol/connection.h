// SPDX-License-Identifier: ISC
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "lib/io/deadline.h"
#include "maildir-pop3d/maildir/mapped_buffer.h"

namespace pop3d {

enum class ReadStatus {
  Line,
  TooLong,  // over kLongestLine octets: discarded whole, never cut and run
  HasNul,   // discarded as well
  End,      // end of file; an unfinished line is dropped
  Timeout,
  Terminated,  // by SIGTERM
  Failed,
  Quiet,  // nothing for a second: a moment to give memory back
};

// The client: lines in, buffered bytes out, on a socket or on a pair of
// pipes.  O_NONBLOCK is never set, because it would outlive us in the shared
// file description: sockets are used with MSG_DONTWAIT, everything else is
// polled first and written in pieces that cannot block.
class Connection {
 public:
  // RFC 2449 section 4: a command line is at most 255 octets with its CRLF.
  static constexpr size_t kLongestLine = 255;
  // How much is written at once: at first, and to a client that keeps up.
  static constexpr size_t kLeastBatch = 128UL * 1024;
  static constexpr size_t kMostBatch = 1024UL * 1024;

  // The descriptors are not owned.  idle_seconds bounds the wait for a line and
  // for a write to make progress; session bounds everything: past it what is
  // written still leaves where that needs no wait, and nothing after it.
  // termination is lib::Termination's: once it is readable no wait goes on.
  Connection(int in, int out, int64_t idle_seconds, lib::Deadline session,
             int termination = -1);

  // The next line without its LF, valid until the next call.  What was
  // written leaves first, unless a whole line is at hand already: so replies
  // to pipelined commands leave together.  Quiet comes once for each line;
  // the time-out goes on.
  ReadStatus read_line(std::string_view& line);

  // The same for bytes that are no command lines: what has come, at least
  // one byte, valid until the next call.  What is not used of it is unread.
  ReadStatus read_bytes(std::string_view& bytes);
  void unread(size_t count) { begin_ -= count; }

  // After a failed write nothing more is sent, and write_status() says why.
  Connection& operator<<(std::string_view text);
  Connection& number(uint64_t value);
  // At least size (at most kLeastBatch) bytes to write into, then their use.
  char* room(size_t size);
  void advance(size_t written) { filled_ += written; }

  // Takes back what was written since mark(); false, and nothing is, where
  // some of it may have left already.
  struct Mark {
    uint64_t flushes;
    size_t filled;
  };
  [[nodiscard]] Mark mark() const { return {flushes_, filled_}; }
  bool take_back(const Mark& mark);

  // The bytes that were written so far, and those of them that have left.
  [[nodiscard]] uint64_t written() const { return sent_ + filled_; }
  [[nodiscard]] uint64_t sent() const { return sent_; }

  bool flush();
  [[nodiscard]] ReadStatus write_status() const { return write_status_; }
  [[nodiscard]] bool broken() const {
    return write_status_ != ReadStatus::Line;
  }

  // Gives the memory of the (empty) output buffer back.
  void release_memory() { output_.release(); }

  // Drops what the client still says: unread bytes at close would turn into
  // a reset that can overtake the last reply.
  void discard_input();

 private:
  void send_batch();
  void forget_waiting();
  ReadStatus wait_for_more();
  int poll_client(int fd, short events, int timeout_ms, bool& terminated) const;
  ReadStatus wait_for_input();
  ReadStatus wait_to_write(lib::Deadline deadline);
  ReadStatus fill();
  bool take_line(std::string_view& line, ReadStatus& status);
  bool wait_for_room();
  int64_t send_some(std::string_view text);

  int in_;
  int out_;
  int64_t idle_seconds_;
  lib::Deadline session_;
  int termination_;
  bool in_is_socket_ = true;   // until recv says otherwise
  bool out_is_socket_ = true;  // until send says otherwise
  bool discarding_ = false;
  ReadStatus write_status_ = ReadStatus::Line;
  size_t begin_ = 0;
  size_t end_ = 0;
  size_t filled_ = 0;
  size_t batch_ = kLeastBatch;
  uint64_t sent_ = 0;
  uint64_t flushes_ = 0;
  uint64_t waits_ = 0;  // for room to write
  std::array<char, 2048> input_;
  // While a line is waited for.
  std::optional<lib::Deadline> waiting_;
  bool waited_ = false;
  bool was_quiet_ = false;
  MappedBuffer output_;
};

}  // namespace pop3d
