// SPDX-License-Identifier: ISC
#pragma once

#include <openssl/ssl.h>
#include <sys/types.h>

#include <memory>
#include <string_view>

#include "lib/io/unique_fd.h"
#include "tests/bench/popbench/options.h"

// A connection to the server, in clear text or by TLS 1.3.  The client does not
// verify the certificate: only the server is measured.
namespace popbench {

enum class Handshake { kDone, kWaiting, kFailed };

class Stream {
 public:
  Stream() = default;
  // A connection from the session's source address, with Nagle off; not valid
  // on an error (errno).
  Stream(const Options& options, long session, bool blocking);
  Stream(Stream&&) = default;
  Stream& operator=(Stream&&) = default;
  ~Stream() { reset(); }

  [[nodiscard]] bool valid() const { return socket_.valid(); }
  [[nodiscard]] int fd() const { return socket_.get(); }
  // Closes the connection, by TLS's own end first.
  void reset();

  // From now on all octets are TLS, once handshake() says that it is done.  If
  // the stream does not block, it is to be called again when input arrives.
  void start_tls(const Options& options);
  [[nodiscard]] bool in_handshake() const;
  Handshake handshake();

  // As recv and send.
  ssize_t read(char* into, size_t size);
  ssize_t write(std::string_view text);

 private:
  struct Free {
    void operator()(SSL* tls) const { SSL_free(tls); }
  };
  ssize_t result(int done);

  lib::UniqueFd socket_;
  std::unique_ptr<SSL, Free> tls_;  // null: clear text
  bool secured_ = false;            // the handshake is done
};

// Of all handshakes so far, and those that resumed an earlier session.
struct Handshakes {
  long done = 0;
  long resumed = 0;
};
const Handshakes& handshakes();

}  // namespace popbench
