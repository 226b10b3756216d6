// SPDX-License-Identifier: ISC
#include "tests/bench/popbench/connection.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace popbench {

static bool bind_source(int fd, const Options& options, long session) {
  const int on = 1;
  setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
  sockaddr_in source{};
  source.sin_family = AF_INET;
  source.sin_addr.s_addr =
      htonl(0x7f000101U + static_cast<unsigned>(session % options.sources));
  return bind(fd, reinterpret_cast<sockaddr*>(&source), sizeof source) == 0;
}

lib::UniqueFd connect_to(const Options& options, long session, bool blocking) {
  const int type = SOCK_STREAM | SOCK_CLOEXEC | (blocking ? 0 : SOCK_NONBLOCK);
  lib::UniqueFd fd(socket(AF_INET, type, 0));
  if (!fd.valid()) return fd;
  const int on = 1;
  setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  const timeval timeout{options.timeout_s, 0};
  setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
  if (options.sources > 1 && !bind_source(fd.get(), options, session))
    return {};
  sockaddr_in server{};
  server.sin_family = AF_INET;
  server.sin_port = htons(static_cast<uint16_t>(options.port));
  inet_pton(AF_INET, options.host.c_str(), &server.sin_addr);
  if (connect(fd.get(), reinterpret_cast<sockaddr*>(&server), sizeof server) !=
          0 &&
      errno != EINPROGRESS)
    return {};
  return fd;
}

Connection::Connection(const Options& options, size_t buffer)
    : options_(options), buffer_(buffer), quick_ack_(options.quick_ack) {}

bool Connection::open(long session) {
  begin_ = end_ = 0;
  socket_ = connect_to(options_, session, true);
  if (!socket_.valid()) error_ = std::string("connect: ") + strerror(errno);
  return socket_.valid();
}

bool Connection::accepted(const std::string& text) {
  if (!text.empty()) send(text + "\r\n");
  std::string reply;
  if (line(reply) && reply.starts_with("+OK")) return true;
  error_ = reply.empty() ? "closed" : reply.substr(0, reply.find('\r'));
  return false;
}

bool Connection::login(long session) {
  return accepted("") && accepted("USER " + user_name(options_, session)) &&
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
    got = recv(socket_.get(), buffer_.data() + end_, buffer_.size() - end_, 0);
  } while (got < 0 && errno == EINTR);
  if (got <= 0) {
    error_ = got == 0 ? "closed" : strerror(errno);
    return false;
  }
  end_ += static_cast<size_t>(got);
  if (quick_ack_) {  // every read resets it
    const int on = 1;
    setsockopt(socket_.get(), IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
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
    const ssize_t sent =
        ::send(socket_.get(), text.data(), text.size(), MSG_NOSIGNAL);
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
  socket_.reset();
}

}  // namespace popbench
