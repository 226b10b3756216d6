// SPDX-License-Identifier: ISC
#include "maildir-pop3d/protocol/connection.h"

#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <utility>

#include "lib/text/copy.h"

namespace pop3d {
namespace {

// After so long without input the client counts as quiet.
constexpr int kQuietMs = 1000;

// The bytes that the peer has not taken yet; 0 if that is not known.
int queued_bytes(int fd) {
  int bytes = 0;
  return ioctl(fd, TIOCOUTQ, &bytes) == 0 ? bytes : 0;
}

}  // namespace

void discard_input(int fd, std::span<char> buffer) {
  for (int i = 0; i < 16; ++i)
    if (recv(fd, buffer.data(), buffer.size(), MSG_DONTWAIT) <= 0) return;
}

Connection::Connection(int in, int out, int64_t idle_seconds,
                       lib::Deadline session, int termination)
    : in_(in),
      out_(out),
      idle_seconds_(idle_seconds),
      session_(session),
      termination_(termination),
      output_(kMostBatch) {
  // The last segment of a reply must not wait for the client's delayed ACK.
  // Fails if this is not TCP; that does no harm.
  const int on = 1;
  (void)setsockopt(out, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

ReadStatus Connection::read_line(std::string_view& line) {
  ReadStatus status = ReadStatus::Line;
  // The client would not get the reply, so none of its commands is run.
  if (broken()) return write_status_;
  while (!take_line(line, status)) {
    status = wait_for_more();
    if (status != ReadStatus::Line) return status;
  }
  end_wait();
  return status;
}

ReadStatus Connection::read_bytes(std::string_view& bytes) {
  while (begin_ == end_) {
    const ReadStatus status = wait_for_more();
    if (status != ReadStatus::Line && status != ReadStatus::Quiet)
      return status;
  }
  end_wait();
  bytes = {input_.data() + begin_, end_ - begin_};
  begin_ = end_;
  return ReadStatus::Line;
}

void Connection::end_wait() {
  deadline_.reset();
  has_polled_ = was_quiet_ = false;
}

ReadStatus Connection::wait_for_more() {
  if (!flush()) return write_status_;
  const ReadStatus status = wait_for_input();
  return status == ReadStatus::Line ? fill() : status;
}

// Polls one descriptor of the client's, and SIGTERM's.
int Connection::poll_client(int fd, short events, int timeout_ms,
                            bool& terminated) const {
  std::array<pollfd, 2> waits{
      {{.fd = fd, .events = events, .revents = 0},
       {.fd = termination_, .events = POLLIN, .revents = 0}}};
  const int ready = poll(waits.data(), waits.size(), timeout_ms);
  terminated = ready > 0 && waits[1].revents != 0;  // ready counts it, too
  return ready;
}

// Most lines arrive within a second and in one piece, so the first poll for a
// line does without the clock.  50,000 NOOPs, one at a time: 165 ms of
// processor time with this, 184 ms without.  After an interrupted poll this
// polls again, because a read from a pipe could block without a deadline.
ReadStatus Connection::wait_for_input() {
  for (;;) {
    if (std::exchange(has_polled_, true) && !deadline_)
      deadline_ =
          lib::Deadline::in_seconds(idle_seconds_ - (was_quiet_ ? 1 : 0))
              .earlier(session_);
    const lib::Deadline end = deadline_.value_or(session_);
    const int left = end.poll_timeout();
    const bool longer = left < 0 || left > kQuietMs;
    bool terminated = false;
    const int ready = poll_client(
        in_, POLLIN, !was_quiet_ && longer ? kQuietMs : left, terminated);
    if (terminated) return ReadStatus::Terminated;
    if (ready > 0) return ReadStatus::Line;
    if (ready < 0 && errno == EINTR) continue;
    if (ready < 0) return ReadStatus::Failed;
    if (was_quiet_ || !longer) return ReadStatus::Timeout;
    was_quiet_ = true;
    return ReadStatus::Quiet;
  }
}

// After SIGTERM, what can be written without waiting is still written, such as
// the reply to QUIT.
ReadStatus Connection::wait_to_write(lib::Deadline deadline) {
  for (;;) {
    bool terminated = false;
    const int ready =
        poll_client(out_, POLLOUT, deadline.poll_timeout(), terminated);
    if (ready > (terminated ? 1 : 0)) return ReadStatus::Line;
    if (terminated) return ReadStatus::Terminated;
    if (ready < 0 && errno != EINTR) return ReadStatus::Failed;
    if (ready == 0 && deadline.passed()) return ReadStatus::Timeout;
  }
}

// Reads once into the input buffer.  Returns Line even if nothing has come.
ReadStatus Connection::fill() {
  if (begin_ != 0) {
    memmove(input_.data(), input_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  char* const into = input_.data() + end_;
  const size_t room = input_.size() - end_;
  ssize_t got = -1;
  if (in_is_socket_) {
    got = recv(in_, into, room, MSG_DONTWAIT);
    in_is_socket_ = got >= 0 || errno != ENOTSOCK;
  }
  if (!in_is_socket_) got = read(in_, into, room);
  if (got == 0) return ReadStatus::End;
  if (got < 0)
    return errno == EAGAIN || errno == EINTR ? ReadStatus::Line
                                             : ReadStatus::Failed;
  end_ += static_cast<size_t>(got);
  return ReadStatus::Line;
}

// False if no whole line is in the input buffer.
bool Connection::take_line(std::string_view& line, ReadStatus& status) {
  const std::string_view waiting(input_.data() + begin_, end_ - begin_);
  const size_t newline = waiting.find('\n');
  if (newline == std::string_view::npos) {
    if (discarding_ || waiting.size() >= kLongestLine) {
      discarding_ = true;
      begin_ = end_ = 0;
    }
    return false;
  }
  line = waiting.substr(0, newline);
  begin_ += newline + 1;
  if (std::exchange(discarding_, false) || newline + 1 > kLongestLine)
    status = ReadStatus::TooLong;
  else if (line.find('\0') != std::string_view::npos)
    status = ReadStatus::HasNul;
  else
    status = ReadStatus::Line;
  return true;
}

Connection& Connection::operator<<(std::string_view text) {
  lib::copy_short(room(text.size()), text.data(), text.size());
  advance(text.size());
  return *this;
}

Connection& Connection::number(uint64_t value) {
  constexpr size_t kDigits = 20;
  char* const into = room(kDigits);
  advance(static_cast<size_t>(std::to_chars(into, into + kDigits, value).ptr -
                              into));
  return *this;
}

char* Connection::room(size_t size) {
  if (batch_ - filled_ < size) send_batch();
  return output_.data() + filled_;
}

// Each write wakes the client, which may cost more than sending the data.  So
// after a batch that was sent without waiting, the next is twice as large.  200
// RETRs of 1 MB by TCP: 88 ms of processor time with this, 96 ms without.  A
// client that is slower gets small batches: a session takes no more memory than
// the kernel's buffers for the same client.
void Connection::send_batch() {
  const uint64_t waits = waits_;
  bool terminated = false;
  // If the client keeps up, there is no wait that would notice SIGTERM.
  if (termination_ >= 0 && poll_client(-1, 0, 0, terminated) > 0 && terminated)
    write_status_ = ReadStatus::Terminated;
  if (flush() && waits == waits_) {
    batch_ = std::min(2 * batch_, kMostBatch);
  } else if (batch_ != kLeastBatch) {
    batch_ = kLeastBatch;
    release_memory();
  }
}

bool Connection::take_back(uint64_t mark) {
  if (broken() || sent_ > mark) return false;
  filled_ = mark - sent_;
  return true;
}

// Leaves the buffer empty even if the connection is broken.  The session's
// limit is tested here because every session comes here again and again: no
// client can avoid it by sending or reading without a pause.
bool Connection::flush() {
  std::string_view rest(output_.data(), std::exchange(filled_, 0));
  while (!rest.empty() && !broken()) {
    const int64_t sent = send_some(rest);
    if (sent >= 0) {
      rest.remove_prefix(static_cast<size_t>(sent));
      sent_ += static_cast<uint64_t>(sent);
    } else if (errno == EAGAIN)
      (void)wait_for_room();
    else if (errno != EINTR)
      write_status_ = ReadStatus::Failed;
  }
  // Without a limit passed() does not ask the clock.
  if (!broken() && session_.passed()) write_status_ = ReadStatus::Timeout;
  return !broken();
}

// poll reports a socket as writable only if a third of its buffer is free,
// which can be a megabyte.  A slow reader may make progress that poll does not
// report: it has timed out only if it has taken nothing.
bool Connection::wait_for_room() {
  ++waits_;
  int queued = queued_bytes(out_);
  for (;;) {
    const auto deadline =
        lib::Deadline::in_seconds(idle_seconds_).earlier(session_);
    const ReadStatus waited = wait_to_write(deadline);
    if (waited == ReadStatus::Line) return true;
    const int left = queued_bytes(out_);
    if (waited != ReadStatus::Timeout || session_.passed() || left >= queued) {
      write_status_ = waited;
      return false;
    }
    queued = left;
  }
}

// As send(2).  If the descriptor is not a socket, waits until poll reports it
// as writable, and then writes no more than a pipe takes without blocking.
int64_t Connection::send_some(std::string_view text) {
  if (out_is_socket_) {
    const ssize_t sent =
        send(out_, text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    out_is_socket_ = sent >= 0 || errno != ENOTSOCK;
    if (out_is_socket_) return sent;
  }
  if (!wait_for_room()) return 0;
  return write(out_, text.data(), std::min<size_t>(text.size(), PIPE_BUF));
}

// Reads into the output buffer, which is empty now and larger: a client that
// pipelines may have sent many times what the input buffer holds.
void Connection::discard_input() {
  pop3d::discard_input(in_, output_.span());
}

}  // namespace pop3d
