// SPDX-License-Identifier: ISC
// Runs as root.
#include "popup/broker/ucspi_tls.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <climits>
#include <cstdlib>
#include <string_view>

#include "lib/process/environment.h"
#include "lib/text/text.h"

namespace popup {
namespace {

using lib::UniqueFd;

bool is_set(const char* name) {
  const char* value = getenv(name);
  return value != nullptr && *value != '\0';
}

// The descriptor that a variable names, or -1.  0 and 1 are the client, 2 is
// the log: none of them can be meant.
int named_descriptor(const char* name) {
  const char* value = getenv(name);
  if (value == nullptr) return -1;
  const auto number = lib::parse_number(value, INT_MAX);
  return number && *number > 2 ? static_cast<int>(*number) : -1;
}

// True for a pipe or a stream socket that is open for this; a connection to
// syslog is not a stream.
bool is_fit(int fd, bool to_read, bool to_write) {
  struct stat status {};
  int type = 0;
  socklen_t size = sizeof type;
  const int flags = fcntl(fd, F_GETFL);
  if (flags < 0 || fstat(fd, &status) != 0) return false;
  if (!S_ISFIFO(status.st_mode) &&
      (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) != 0 ||
       type != SOCK_STREAM))
    return false;
  const int mode = flags & O_ACCMODE;
  return (!to_read || mode != O_WRONLY) && (!to_write || mode != O_RDONLY);
}

// A copy that is close-on-exec, and blocking, as the dialogue needs it.
UniqueFd adopt(int fd) {
  const int flags = fcntl(fd, F_GETFL);
  if ((flags & O_NONBLOCK) != 0) fcntl(fd, F_SETFL, flags & ~O_NONBLOCK);
  return UniqueFd(fcntl(fd, F_DUPFD_CLOEXEC, 3));
}

[[gnu::noinline]] void log_unfit(const lib::Log& log) {
  lib::LogLine(log, "tls", lib::Log::Level::Warning)
      .field("error", "SSLCTLFD, SSLREADFD and SSLWRITEFD name no pipes");
}

}  // namespace

bool is_encrypted_already() {
  return is_set("SSL_PROTOCOL") || is_set("POP3_TLS");
}

void UcspiTls::take_from_environment(const lib::Log& log) {
  const int control = named_descriptor("SSLCTLFD");
  const int reading = named_descriptor("SSLREADFD");
  const int writing = named_descriptor("SSLWRITEFD");
  const char* policy = getenv("UCSPITLS");
  const std::string_view wanted = policy == nullptr ? "" : policy;
  const bool offered = getenv("SSLCTLFD") != nullptr;
  required_ = wanted == "!";
  switched_off_ = wanted == "-";
  const bool fit = offered && is_fit(control, true, true) &&
                   is_fit(reading, true, false) && is_fit(writing, false, true);
  for (const char* name : {"SSLCTLFD", "SSLREADFD", "SSLWRITEFD", "UCSPITLS"})
    lib::unset_variable(name);
  if (offered && !fit) log_unfit(log);
  if (!fit) return;
  control_ = adopt(control);
  reading_ = adopt(reading);
  writing_ = adopt(writing);
  // Closing a descriptor twice that was named twice does no harm.
  for (const int fd : {control, reading, writing}) close(fd);
  if (switched_off_ || !reading_.valid() || !writing_.valid()) decline();
}

void UcspiTls::decline() {
  control_.reset();
  reading_.reset();
  writing_.reset();
}

lib::Status UcspiTls::switch_over() {
  socket_.reset(fcntl(0, F_DUPFD_CLOEXEC, 3));
  if (dup2(reading_.get(), 0) < 0 || dup2(writing_.get(), 1) < 0)
    return lib::Error::from_errno("put TLS in the place of the connection");
  reading_.reset();
  writing_.reset();
  return {};
}

void UcspiTls::conclude(bool works) {
  decline();
  if (!works && socket_.valid()) (void)shutdown(socket_.get(), SHUT_RDWR);
  socket_.reset();
}

}  // namespace popup
