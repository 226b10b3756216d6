// SPDX-License-Identifier: ISC
#include "tests/bench/popbench/connection.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace popbench {

Connection::Connection(const Options& options, size_t buffer)
    : options_(options), buffer_(buffer), quick_ack_(options.quick_ack) {}

bool Connection::open(long session) {
  begin_ = end_ = 0;
  stream_ = Stream(options_, session, true);
  if (!stream_.valid()) error_ = std::string("connect: ") + strerror(errno);
  return stream_.valid() && (!stream_.in_handshake() || secured());
}

bool Connection::secured() {
  if (stream_.handshake() == Handshake::kDone) return true;
  error_ = "no TLS";
  return false;
}

bool Connection::secured_by_stls() {
  if (!accepted("STLS")) return false;
  stream_.start_tls(options_);
  return secured();
}

bool Connection::accepted(const std::string& text) {
  if (!text.empty()) send(text + "\r\n");
  std::string reply;
  if (line(reply) && reply.starts_with("+OK")) return true;
  error_ = reply.empty() ? "closed" : reply.substr(0, reply.find('\r'));
  return false;
}

bool Connection::login(long session) {
  return accepted("") && (options_.tls != Tls::kStls || secured_by_stls()) &&
         accepted("USER " + user_name(options_, session)) &&
         accepted("PASS " + options_.password);
}

void Connection::open_or_die(long session) {
  if (!open(session)) die(error_);
}

void Connection::login_or_die(long session) {
  if (!login(session)) die("login refused: " + error_);
}

void Connection::make_room() {
  if (begin_ == end_) begin_ = end_ = 0;
  if (end_ < buffer_.size()) return;
  if (begin_ == 0) {
    buffer_.resize(buffer_.size() * 2);
    return;
  }
  memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
  end_ -= begin_;
  begin_ = 0;
}

bool Connection::fill() {
  make_room();
  ssize_t got = 0;
  do {
    got = stream_.read(buffer_.data() + end_, buffer_.size() - end_);
  } while (got < 0 && errno == EINTR);
  if (got <= 0) {
    error_ = got == 0 ? "closed" : strerror(errno);
    return false;
  }
  end_ += static_cast<size_t>(got);
  if (quick_ack_) {  // every read resets it
    const int on = 1;
    setsockopt(stream_.fd(), IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
  }
  return true;
}

std::string_view Connection::pending() const {
  return {buffer_.data() + begin_, end_ - begin_};
}

bool Connection::line(std::string& into) {
  for (size_t searched = 0;;) {
    const std::string_view bytes = pending();
    const size_t end = bytes.find('\n', searched);
    if (end != std::string_view::npos) {
      into.assign(bytes.substr(0, end + 1));
      take(end + 1);
      return true;
    }
    searched = bytes.size();
    if (!fill()) return false;
  }
}

void Connection::send(std::string_view text) {
  while (!text.empty()) {
    const ssize_t sent = stream_.write(text);
    if (sent <= 0) die(std::string("send: ") + strerror(errno));
    text.remove_prefix(static_cast<size_t>(sent));
  }
}

std::string Connection::command(const std::string& text) {
  send(text + "\r\n");
  std::string reply;
  if (!line(reply)) die(text + ": " + error_);
  if (!reply.starts_with("+OK")) die(text + " refused: " + reply);
  return reply;
}

std::vector<std::string> Connection::listing(const std::string& text) {
  std::vector<std::string> column;
  command(text);
  std::string row;
  while (line(row)) {
    if (row == ".\r\n") return column;
    const size_t space = row.find(' ');
    const size_t end = row.find('\r');
    if (space == std::string::npos || end == std::string::npos)
      die(std::string(text).append(" has a bad line: ").append(row));
    column.push_back(row.substr(space + 1, end - space - 1));
  }
  die(text + ": " + error_);
}

Received Connection::multi_line() {
  Received sum;
  std::string row;
  if (!line(row) || !row.starts_with("+OK")) die("RETR: " + row);
  sum.wire = row.size();
  while (line(row)) {
    sum.wire += row.size();
    if (row == ".\r\n") return sum;
    if (!row.ends_with("\r\n")) ++sum.bare_lf;
    sum.octets += row.size() - (row[0] == '.' ? 1 : 0);
  }
  die("RETR: " + error_);
}

void Connection::skip_multi_line() {
  while (pending().find('\n') == std::string_view::npos)
    if (!fill()) die("in a reply: " + error_);
  if (!pending().starts_with("+OK")) die("refused: " + std::string(pending()));
  // The end of an empty list begins with the line break of the first line.
  take(pending().find('\r'));
  for (size_t end = 0;;) {
    end = pending().find("\r\n.\r\n");
    if (end != std::string_view::npos) return take(end + 5);
    if (pending().size() > 4) take(pending().size() - 4);
    if (!fill()) die("in a reply: " + error_);
  }
}

void Connection::quit() {
  send("QUIT\r\n");
  std::string reply;
  if (!line(reply)) die("QUIT: " + error_);
  while (fill()) take(pending().size());
  stream_.reset();
}

}  // namespace popbench
