// SPDX-License-Identifier: ISC
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "lib/io/deadline.h"
#include "maildir-pop3d/maildir/mapped_buffer.h"

namespace pop3d {

enum class ReadStatus {
  Line,
  TooLong,     // over kLongestLine octets: discarded, never run in part
  HasNul,      // discarded
  End,         // end of file; an unfinished line is discarded
  Timeout,     // idle_seconds or the session's limit have passed
  Terminated,  // by SIGTERM
  Failed,      // a system call failed
  Quiet,       // nothing for a second: the caller may give memory back
};

// Discards what the client has sent, if fd is a socket.  Closing with unread
// input would make the kernel send a reset, which may destroy the last reply.
void discard_input(int fd, std::span<char> buffer);

// The connection to the client, a socket or a pair of pipes: reads lines, and
// buffers what it writes.  O_NONBLOCK is never set, because other processes
// share the file description, and it would outlive us.  Sockets are used with
// MSG_DONTWAIT; everything else is polled first, and written in pieces that
// cannot block.
class Connection {
 public:
  // RFC 2449 section 4: a command line is at most 255 octets with its CRLF.
  static constexpr size_t kLongestLine = 255;
  // The bytes of a batch, which is what a write sends.
  static constexpr size_t kLeastBatch = 128UL * 1024;  // at first
  static constexpr size_t kMostBatch = 1024UL * 1024;  // if the client keeps up

  // The descriptors are borrowed.  idle_seconds limits the wait for a line, and
  // the wait for a write to make progress.  session limits everything: once it
  // has passed, only output that is in the buffer already is sent, and only
  // without waiting.  termination is lib::Termination's descriptor, or -1: once
  // it is readable, every wait ends.
  Connection(int in, int out, int64_t idle_seconds, lib::Deadline session,
             int termination = -1);

  // Reads the next line, without its LF; valid until the next call.  Sends the
  // output first, unless a whole line has been read already: so the replies to
  // pipelined commands are sent together.  Returns Quiet at most once for each
  // line; the timeout still counts from the first call.
  ReadStatus read_line(std::string_view& line);

  // Reads at least one byte that need not belong to a command line; valid until
  // the next call.  Never returns Quiet.
  ReadStatus read_bytes(std::string_view& bytes);
  // Gives the last count of those bytes back, to be read again.
  void unread(size_t count) { begin_ -= count; }

  // Append to the output.  After a failed write nothing more is sent.
  Connection& operator<<(std::string_view text);
  Connection& number(uint64_t value);
  // The same in two steps: room() returns where the caller may write up to size
  // bytes (at most kLeastBatch), and advance() appends those that it wrote.
  char* room(size_t size);
  void advance(size_t written) { filled_ += written; }

  // The bytes of output so far, and those of them that were sent.
  [[nodiscard]] uint64_t written() const { return sent_ + filled_; }
  [[nodiscard]] uint64_t sent() const { return sent_; }
  // Takes back the output since written() was mark.  If some of it was sent
  // already, or the connection is broken, takes nothing back and returns false.
  bool take_back(uint64_t mark);

  // Sends the output.  False if the connection is broken.
  bool flush();
  // True after a failed write: no output will be sent any more.
  [[nodiscard]] bool broken() const {
    return write_status_ != ReadStatus::Line;
  }

  // Gives back the memory of the output buffer, which must be empty.
  void release_memory() { output_.release(); }

  // The same for this connection.  Call it after the last flush().
  void discard_input();

 private:
  void send_batch();
  void end_wait();
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
  ReadStatus write_status_ = ReadStatus::Line;  // Line: no write has failed
  size_t begin_ = 0;
  size_t end_ = 0;
  size_t filled_ = 0;
  size_t batch_ = kLeastBatch;
  uint64_t sent_ = 0;
  uint64_t waits_ = 0;  // how often the client was waited for in a write
  std::array<char, 2048> input_;
  // The wait for a line.
  std::optional<lib::Deadline> deadline_;  // null before the second poll
  bool has_polled_ = false;
  bool was_quiet_ = false;
  MappedBuffer output_;
};

}  // namespace pop3d
