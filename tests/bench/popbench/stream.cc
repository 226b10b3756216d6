// SPDX-License-Identifier: ISC
#include "tests/bench/popbench/stream.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <cerrno>
#include <vector>

namespace popbench {

static Handshakes counted;
// Tickets that no connection has used yet: each is used once, as by clients of
// their own.
static std::vector<SSL_SESSION*> tickets;

const Handshakes& handshakes() {
  return counted;
}

static int keep_session(SSL* /*tls*/, SSL_SESSION* session) {
  constexpr size_t kEnough = 1000;
  if (tickets.size() == kEnough) return 0;
  tickets.push_back(session);
  return 1;  // the reference is ours now
}

// Every server has to do the same work: TLS 1.3 with one cipher and one group.
static SSL_CTX* context() {
  static SSL_CTX* const made = [] {
    SSL_CTX* fresh = SSL_CTX_new(TLS_client_method());
    if (fresh == nullptr ||
        SSL_CTX_set_min_proto_version(fresh, TLS1_3_VERSION) != 1 ||
        SSL_CTX_set_ciphersuites(fresh, "TLS_AES_128_GCM_SHA256") != 1 ||
        SSL_CTX_set1_groups_list(fresh, "X25519") != 1)
      die("OpenSSL does not start");
    SSL_CTX_set_verify(fresh, SSL_VERIFY_NONE, nullptr);
    SSL_CTX_set_options(fresh, SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_session_cache_mode(
        fresh, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL_STORE);
    SSL_CTX_sess_set_new_cb(fresh, keep_session);
    return fresh;
  }();
  return made;
}

static bool bind_source(int fd, const Options& options, long session) {
  const int on = 1;
  setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
  sockaddr_in source{};
  source.sin_family = AF_INET;
  source.sin_addr.s_addr =
      htonl(0x7f000101U + static_cast<unsigned>(session % options.sources));
  return bind(fd, reinterpret_cast<sockaddr*>(&source), sizeof source) == 0;
}

// TLS speaks first, so it waits until the connection is there.
static lib::UniqueFd connect_to(const Options& options, long session,
                                bool blocking) {
  const bool later = options.tls == Tls::kAtOnce && !blocking;
  const int type =
      SOCK_STREAM | SOCK_CLOEXEC | (blocking || later ? 0 : SOCK_NONBLOCK);
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
  if (later) fcntl(fd.get(), F_SETFL, O_NONBLOCK);
  return fd;
}

Stream::Stream(const Options& options, long session, bool blocking)
    : socket_(connect_to(options, session, blocking)) {
  if (valid() && options.tls == Tls::kAtOnce) start_tls(options);
}

void Stream::reset() {
  if (tls_ != nullptr && !in_handshake()) SSL_shutdown(tls_.get());
  tls_.reset();
  socket_.reset();
}

void Stream::start_tls(const Options& options) {
  secured_ = false;
  tls_.reset(SSL_new(context()));
  if (tls_ == nullptr || SSL_set_fd(tls_.get(), fd()) != 1)
    die("OpenSSL has no memory");
  SSL_set_connect_state(tls_.get());
  if (!options.resume || tickets.empty()) return;
  SSL_set_session(tls_.get(), tickets.back());
  SSL_SESSION_free(tickets.back());
  tickets.pop_back();
}

bool Stream::in_handshake() const {
  return tls_ != nullptr && !secured_;
}

Handshake Stream::handshake() {
  ERR_clear_error();
  const int done = SSL_do_handshake(tls_.get());
  if (done != 1)
    return SSL_get_error(tls_.get(), done) == SSL_ERROR_WANT_READ
               ? Handshake::kWaiting
               : Handshake::kFailed;
  secured_ = true;
  ++counted.done;
  if (SSL_session_reused(tls_.get()) == 1) ++counted.resumed;
  return Handshake::kDone;
}

ssize_t Stream::result(int done) {
  if (done > 0) return done;
  switch (SSL_get_error(tls_.get(), done)) {
    case SSL_ERROR_ZERO_RETURN: return 0;
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE: errno = EAGAIN; return -1;
    case SSL_ERROR_SYSCALL: return -1;
    default: errno = EPROTO; return -1;
  }
}

ssize_t Stream::read(char* into, size_t size) {
  if (tls_ == nullptr) return recv(fd(), into, size, 0);
  ERR_clear_error();
  return result(SSL_read(tls_.get(), into, static_cast<int>(size)));
}

ssize_t Stream::write(std::string_view text) {
  if (tls_ == nullptr)
    return ::send(fd(), text.data(), text.size(), MSG_NOSIGNAL);
  ERR_clear_error();
  return result(
      SSL_write(tls_.get(), text.data(), static_cast<int>(text.size())));
}

}  // namespace popbench
