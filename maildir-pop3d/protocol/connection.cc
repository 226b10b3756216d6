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

// After so long without a word the client counts as quiet.
constexpr int kQuietMs = 1000;

// What the peer has not taken yet; 0 where the descriptor does not tell.
int queued_bytes(int fd) {
  int bytes = 0;
  return ioctl(fd, TIOCOUTQ, &bytes) == 0 ? bytes : 0;
}

}  // namespace

Connection::Connection(int in, int out, int64_t idle_seconds,
                       lib::Deadline session, int termination)
    : in_(in),
      out_(out),
      idle_seconds_(idle_seconds),
      session_(session),
      termination_(termination),
      output_(kMostBatch) {
  // Whatever ends a reply must not wait for the client's delayed ACK.  Fails
  // harmlessly on anything but TCP.
  const int on = 1;
  (void)setsockopt(out, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

ReadStatus Connection::read_line(std::string_view& line) {
  ReadStatus status = ReadStatus::Line;
  // A client that cannot be answered is not obeyed either.
  if (broken()) return write_status_;
  while (!take_line(line, status)) {
    status = wait_for_more();
    if (status != ReadStatus::Line) return status;
  }
  forget_waiting();
  return status;
}

ReadStatus Connection::read_bytes(std::string_view& bytes) {
  while (begin_ == end_) {
    const ReadStatus status = wait_for_more();
    if (status != ReadStatus::Line && status != ReadStatus::Quiet)
      return status;
  }
  forget_waiting();
  bytes = {input_.data() + begin_, end_ - begin_};
  begin_ = end_;
  return ReadStatus::Line;
}

void Connection::forget_waiting() {
  waiting_.reset();
  waited_ = was_quiet_ = false;
}

ReadStatus Connection::wait_for_more() {
  if (!flush()) return write_status_;
  const ReadStatus status = wait_for_input();
  return status == ReadStatus::Line ? fill() : status;
}

// poll(2) on one descriptor and on the signal.
int Connection::poll_client(int fd, short events, int timeout_ms,
                            bool& terminated) const {
  std::array<pollfd, 2> waits{
      {{.fd = fd, .events = events, .revents = 0},
       {.fd = termination_, .events = POLLIN, .revents = 0}}};
  const int ready = poll(waits.data(), waits.size(), timeout_ms);
  terminated = ready > 0 && waits[1].revents != 0;  // counts as one of them
  return ready;
}

// Nearly every line is there within a second and in one piece: until it is
// known to be another one, the clock is not asked.  A poll that was interrupted
// says nothing about the descriptor: a read from a pipe would know no deadline.
ReadStatus Connection::wait_for_input() {
  for (;;) {
    if (std::exchange(waited_, true) && !waiting_)
      waiting_ = lib::Deadline::in_seconds(idle_seconds_ - (was_quiet_ ? 1 : 0))
                     .earlier(session_);
    const lib::Deadline end = waiting_.value_or(session_);
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

// What can be written at once still leaves, such as the reply to QUIT.
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

// One read into the buffer; Line also where nothing came.
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

// False where no whole line is in the buffer.
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

// Each write wakes the client, which can cost more than what it brings: as
// long as all of it is taken at once, the next is twice as large.  So no more
// memory is used than the kernel lends the same client.
void Connection::send_batch() {
  const uint64_t waits = waits_;
  bool terminated = false;
  // A client that keeps up is never waited for.
  if (termination_ >= 0 && poll_client(-1, 0, 0, terminated) > 0 && terminated)
    write_status_ = ReadStatus::Terminated;
  if (flush() && waits == waits_) {
    batch_ = std::min(2 * batch_, kMostBatch);
  } else if (batch_ != kLeastBatch) {
    batch_ = kLeastBatch;
    release_memory();
  }
}

bool Connection::take_back(const Mark& mark) {
  if (mark.flushes != flushes_) return false;
  filled_ = mark.filled;
  return true;
}

// Always leaves the buffer empty: a broken connection swallows its output.
// Every client comes here, a busy one as well: for each input buffer that it
// fills and each output buffer that it empties.
bool Connection::flush() {
  std::string_view rest(output_.data(), std::exchange(filled_, 0));
  ++flushes_;
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
  // Asks no clock where there is no limit.
  if (!broken() && session_.passed()) write_status_ = ReadStatus::Timeout;
  return !broken();
}

// A socket counts as writable only when a third of its buffer is free, which
// can be a megabyte: a slow reader makes progress long before poll says so.
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

// As send(2); a descriptor that is no socket is written to only once poll
// says so, and then no more than a pipe takes without blocking.
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

// Into the output buffer, which is empty now: a client that pipelines on may
// have sent more than the input buffer holds many times.
void Connection::discard_input() {
  if (!in_is_socket_) return;
  for (int i = 0; i < 16; ++i)
    if (recv(in_, output_.data(), output_.size(), MSG_DONTWAIT) <= 0) return;
}

}  // namespace pop3d
