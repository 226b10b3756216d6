// SPDX-License-Identifier: ISC
// Runs as root: binds ports below 1024.
#include "popup/listener/sockets.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "lib/process/environment.h"
#include "lib/process/exit_code.h"
#include "lib/process/program.h"
#include "lib/text/text.h"
#include "popup/listener/address.h"

namespace popup {
namespace {

using lib::UniqueFd;

constexpr int kFirstPassed = 3;  // SD_LISTEN_FDS_START
constexpr unsigned kMostPassed = 1024;

// error is an errno, or 0.
[[noreturn]] void die_listening(const lib::Log& log, std::string_view where,
                                int error) {
  lib::FixedText<512> doing;
  doing << "listen on " << where.substr(0, 400);
  lib::die(lib::kTemporary, log.program(), lib::Error{doing.c_str(), error});
}

// A bound and listening socket of this family; not valid, with errno set, if
// that fails.
UniqueFd listen_in(int family, const ListenAddress& where, unsigned backlog) {
  UniqueFd fd(socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const int on = 1;
  if (!fd.valid() ||
      setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0)
    return {};
  sockaddr_in ipv4{};
  sockaddr_in6 ipv6{};
  int bound = -1;
  if (family == AF_INET) {
    ipv4.sin_family = AF_INET;
    ipv4.sin_port = htons(where.port);
    if (where.address)
      memcpy(&ipv4.sin_addr, where.address->bytes.data() + 12, 4);
    bound = bind(fd.get(), reinterpret_cast<sockaddr*>(&ipv4), sizeof ipv4);
  } else {
    const int off = 0;
    ipv6.sin6_family = AF_INET6;
    ipv6.sin6_port = htons(where.port);
    if (where.address) memcpy(&ipv6.sin6_addr, where.address->bytes.data(), 16);
    if (setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off) == 0)
      bound = bind(fd.get(), reinterpret_cast<sockaddr*>(&ipv6), sizeof ipv6);
  }
  if (bound != 0 || listen(fd.get(), static_cast<int>(backlog)) != 0) return {};
  return fd;
}

// text is a value of this option.
UniqueFd listen_on(const char* option, const std::string& text,
                   unsigned backlog, const lib::Log& log) {
  const auto where = parse_listen_address(text);
  if (!where) lib::die_bad_value(lib::kUsage, log.program(), option, text);
  const bool ipv4 = where->address && where->address->is_ipv4();
  UniqueFd fd = listen_in(ipv4 ? AF_INET : AF_INET6, *where, backlog);
  // A host without IPv6.
  if (!fd.valid() && !where->address &&
      (errno == EAFNOSUPPORT || errno == EADDRNOTAVAIL))
    fd = listen_in(AF_INET, *where, backlog);
  if (!fd.valid()) die_listening(log, text, errno);
  return fd;
}

UniqueFd take_passed(int number, const lib::Log& log) {
  UniqueFd fd(number);
  int listening = 0;
  socklen_t size = sizeof listening;
  if (getsockopt(number, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) != 0 ||
      listening == 0 || !local_endpoint(number)) {
    lib::FixedText<100> where;
    where << "descriptor ";
    where.number(static_cast<unsigned>(number))
        << ": not a listening TCP socket (systemd: Accept=no)";
    die_listening(log, where.view(), 0);
  }
  fcntl(number, F_SETFD, FD_CLOEXEC);
  fcntl(number, F_SETFL, fcntl(number, F_GETFL) | O_NONBLOCK);
  return fd;
}

}  // namespace

std::optional<lib::Endpoint> local_endpoint(int fd) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0)
    return std::nullopt;
  return lib::endpoint_of(address);
}

unsigned passed_sockets() {
  const char* pid = getenv("LISTEN_PID");
  const char* count = getenv("LISTEN_FDS");
  if (pid == nullptr || count == nullptr) return 0;
  const auto meant = lib::parse_number(pid);
  if (!meant || *meant != static_cast<uint64_t>(getpid())) return 0;
  return static_cast<unsigned>(
      lib::parse_number(count, kMostPassed).value_or(0));
}

std::vector<ListenSocket> open_listen_sockets(const ListenerOptions& options,
                                              const lib::Log& log) {
  std::vector<ListenSocket> sockets;
  const unsigned passed = passed_sockets();
  const char* names = getenv("LISTEN_FDNAMES");
  std::string_view rest = names == nullptr ? "" : names;
  for (unsigned i = 0; i < passed; ++i) {
    const auto name = lib::next_field(rest, ':');
    sockets.push_back({take_passed(kFirstPassed + static_cast<int>(i), log),
                       name == "pop3s" || name == "pop3s.socket"});
  }
  for (const char* name : {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"})
    lib::unset_variable(name);
  if (sockets.empty()) {
    for (const std::string& text : options.addresses)
      sockets.push_back({listen_on("-l", text, options.backlog, log)});
    if (sockets.empty())
      sockets.push_back({listen_on("-l", ":110", options.backlog, log)});
    for (const std::string& text : options.tls_addresses)
      sockets.push_back(
          {listen_on("--tls-listen", text, options.backlog, log), true});
  }
  for (const ListenSocket& socket : sockets) {
    const auto local = local_endpoint(socket.fd.get());
    if (!local) continue;
    lib::LogLine line(log, "listen");
    line.field("ip", lib::format_address(local->address).view())
        .number("port", local->port);
    if (socket.tls) line.field("tls", "yes");
  }
  return sockets;
}

}  // namespace popup
