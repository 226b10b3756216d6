// SPDX-License-Identifier: ISC
// Runs as root: waits for connections and starts a process for each; it
// never reads a byte from one.
#include "popup/listener/listener.h"

#include <poll.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <optional>
#include <span>
#include <utility>

#include "lib/io/deadline.h"
#include "lib/io/unique_fd.h"
#include "lib/process/exit_code.h"
#include "lib/process/program.h"
#include "lib/process/signals.h"
#include "lib/text/address.h"
#include "popup/connection/client_report.h"
#include "popup/connection/ucspi_variables.h"
#include "popup/listener/detachment.h"
#include "popup/listener/rate_limit.h"
#include "popup/listener/sessions.h"
#include "popup/listener/sockets.h"

namespace popup {
namespace {

using lib::Endpoint;
using lib::LogLine;
using lib::UniqueFd;
using Level = lib::Log::Level;

// After accept() failed for want of something that others must give back.
constexpr int64_t kPauseMs = 200;

// How long sessions have to end after a signal: more than a broker takes to end
// one that hangs.
constexpr int kEndSeconds = 10;

// Between two log lines of a kind, where there is no minimum delay to go by.
constexpr int64_t kQuietMs = 10'000;

struct Connection {
  UniqueFd fd;
  Endpoint client;
  UniqueFd reports;  // where the session tells of a proxied client
};

// --- The table's memory ------------------------------------------------------

// Not inherited: a session that sits for an hour would hold a copy of every
// page of the table that has changed since.
std::span<std::byte> memory_of_our_own(size_t size, const lib::Log& log) {
  void* memory = mmap(nullptr, size, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED)
    lib::die(lib::kTemporary, log.program(),
             lib::Error::from_errno("allocate the table of sessions"));
  (void)madvise(memory, size, MADV_DONTFORK);
  return {static_cast<std::byte*>(memory), size};
}

uint64_t random_key() {
  uint64_t key = 0;
  if (getrandom(&key, sizeof key, GRND_NONBLOCK) != sizeof key)
    key = static_cast<uint64_t>(lib::monotonic_ms());
  return key;
}

Sessions::Limits limits_of(const ListenerOptions& options) {
  return {.sessions = options.sessions,
          .per_source = std::max(options.per_source, 1U),
          .min_delay_ms = int64_t{options.min_delay_seconds} * 1000};
}

// --- Waiting -----------------------------------------------------------------

// The signals that the loop waits for arrive by this descriptor and by no
// other way; so none is lost between two calls.
UniqueFd watch_signals(const lib::Log& log) {
  sigset_t watched;
  sigemptyset(&watched);
  for (const int number : {SIGCHLD, SIGTERM, SIGINT})
    sigaddset(&watched, number);
  sigprocmask(SIG_BLOCK, &watched, nullptr);
  signal(SIGHUP, SIG_IGN);
  UniqueFd fd(signalfd(-1, &watched, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!fd.valid())
    lib::die(lib::kTemporary, log.program(),
             lib::Error::from_errno("watch signals"));
  return fd;
}

// Failures that belong to the one connection (accept(2)): the next may do.
bool concerns_one_connection(int error) {
  constexpr std::array kErrors{
      EINTR,     EAGAIN,      ECONNABORTED, EPROTO,    EPERM,
      ENETDOWN,  ENOPROTOOPT, ENONET,       EHOSTDOWN, EHOSTUNREACH,
      ETIMEDOUT, EOPNOTSUPP,  ENETUNREACH};
  return std::ranges::find(kErrors, error) != kErrors.end();
}

class Listener {
 public:
  Listener(const ListenerOptions& options, const Proxies& proxies,
           const lib::Log& log);

  // Returns in the process of a session.
  Connection next_session();

 private:
  struct Admitted {
    Sessions::Id session;
    unsigned from_source;
  };

  void wait();
  void wait(size_t count, int milliseconds);
  [[nodiscard]] bool paused() const { return now_ms_ < paused_until_ms_; }
  const char* handle_signals();
  void handle_reports();
  bool admit(const ClientReport& report);
  [[nodiscard]] bool is_proxy(const Endpoint& peer) const;
  void reap();
  [[noreturn]] void stop(const char* signal_name);
  void drain(const char* signal_name, unsigned seconds);
  bool wait_for_sessions(int64_t seconds, bool until_signal);
  std::optional<Connection> start_session(int listening);
  std::optional<Connection> take(int listening);
  std::optional<Admitted> admit(const Endpoint& client);
  void refuse(const Endpoint& client, const char* limit, unsigned taken,
              unsigned most, RateLimit& refusals);
  void log_open(const Endpoint& client, pid_t pid, unsigned from_source);
  void log_close(pid_t pid, int status, const Sessions::Closed& closed);
  void complain(const char* doing, int error);

  const ListenerOptions& options_;
  const Proxies& proxies_;
  const lib::Log& log_;
  Sessions::Limits limits_;
  int64_t quiet_ms_;  // between two log lines of a kind
  std::vector<UniqueFd> sockets_;
  UniqueFd signals_;
  std::optional<ClientReports> reports_;  // where proxies are expected
  // For signals_, for reports_ or nothing, then for sockets_.
  std::vector<pollfd> waiting_;
  static constexpr size_t kFirstSocket = 2;
  Sessions sessions_;
  int64_t now_ms_ = 0;
  int64_t paused_until_ms_ = 0;
  RateLimit failures_;
  RateLimit refusals_;
};

std::optional<ClientReports> expect_reports(const Proxies& proxies,
                                            const lib::Log& log) {
  if (!proxies.expected) return std::nullopt;
  auto reports = ClientReports::open();
  if (!reports.ok()) lib::die(lib::kTemporary, log.program(), reports.error());
  return std::move(reports.value());
}

Listener::Listener(const ListenerOptions& options, const Proxies& proxies,
                   const lib::Log& log)
    : options_(options),
      proxies_(proxies),
      log_(log),
      limits_(limits_of(options)),
      quiet_ms_(limits_.min_delay_ms == 0 ? kQuietMs : limits_.min_delay_ms),
      sockets_(open_listen_sockets(options.addresses, options.backlog, log)),
      signals_(watch_signals(log)),
      reports_(expect_reports(proxies, log)),
      sessions_(limits_, memory_of_our_own(Sessions::memory_size(limits_), log),
                random_key()) {
  waiting_.push_back({.fd = signals_.get(), .events = POLLIN});
  waiting_.push_back({.fd = reports_ ? reports_->fd() : -1, .events = POLLIN});
  for (const UniqueFd& fd : sockets_)
    waiting_.push_back({.fd = fd.get(), .events = POLLIN});
}

Connection Listener::next_session() {
  for (;;) {
    wait();
    // Sessions that are over make room first.
    if (const char* const signal_name = handle_signals()) stop(signal_name);
    if (waiting_[1].revents != 0) handle_reports();
    for (size_t i = kFirstSocket; i < waiting_.size() && !paused(); ++i) {
      if (waiting_[i].revents == 0) continue;
      auto connection = start_session(waiting_[i].fd);
      if (connection) return std::move(*connection);
    }
  }
}

// While paused, connections wait in the kernel; sessions that run do not.
void Listener::wait() {
  if (paused())
    wait(kFirstSocket, static_cast<int>(paused_until_ms_ - now_ms_));
  else
    wait(waiting_.size(), -1);
}

void Listener::wait(size_t count, int milliseconds) {
  for (pollfd& fd : waiting_) fd.revents = 0;
  (void)poll(waiting_.data(), count, milliseconds);
  now_ms_ = lib::monotonic_ms();
}

// The name of a signal that ends the listener, or nullptr.
const char* Listener::handle_signals() {
  if (waiting_[0].revents == 0) return nullptr;
  const char* ending = nullptr;
  std::array<signalfd_siginfo, 4> signals;
  const ssize_t got = read(signals_.get(), signals.data(), sizeof signals);
  const size_t count =
      got < 0 ? 0 : static_cast<size_t>(got) / sizeof signals[0];
  for (const signalfd_siginfo& signal : std::span(signals).first(count)) {
    if (signal.ssi_signo == SIGCHLD) reap();
    if (signal.ssi_signo == SIGTERM) ending = "TERM";
    if (signal.ssi_signo == SIGINT) ending = "INT";
  }
  return ending;
}

void Listener::handle_reports() {
  while (const auto report = reports_->receive())
    ClientReports::answer(*report, admit(*report));
}

// Whom a proxy speaks for counts as if he had come by himself.
[[gnu::noinline]] bool Listener::admit(const ClientReport& report) {
  const Sessions::Id session = sessions_.find(report.process);
  if (session == 0) return false;
  const Endpoint& client = report.client;
  const auto share = sessions_.attribute(session, client.address, now_ms_);
  if (!share.granted) {
    refuse(client, "source", share.taken, limits_.per_source, share.refusals);
    return false;
  }
  LogLine(log_, "client")
      .field("ip", lib::format_address(client.address).view())
      .number("port", client.port)
      .number("pid", static_cast<uint64_t>(report.process))
      .pair("source", share.taken, limits_.per_source);
  return true;
}

// Any child: as process 1 of a container those of others end here too.
void Listener::reap() {
  int status = 0;
  for (pid_t pid = 0; (pid = waitpid(-1, &status, WNOHANG)) > 0;)
    if (const auto closed = sessions_.closed(pid, now_ms_))
      log_close(pid, status, *closed);
}

// Without --drain, sessions that run go on to their end.
void Listener::stop(const char* signal_name) {
  if (options_.drain_seconds) drain(signal_name, *options_.drain_seconds);
  LogLine(log_, "stop")
      .field("signal", signal_name)
      .number("still_running", sessions_.running());
  _exit(lib::kDone);
}

// Another signal to us ends the waiting, but not the sessions' time to end:
// they get SIGTERM first, which a broker hands on to its session.
void Listener::drain(const char* signal_name, unsigned seconds) {
  LogLine(log_, "drain")
      .field("signal", signal_name)
      .number("seconds", seconds)
      .number("still_running", sessions_.running());
  waiting_.resize(kFirstSocket);
  sockets_.clear();
  if (wait_for_sessions(seconds, true)) return;
  for (const int number : {SIGTERM, SIGKILL}) {
    sessions_.for_each([number](pid_t broker) { kill(broker, number); });
    if (wait_for_sessions(kEndSeconds, false)) return;
  }
}

// False if some are left after so many seconds, or at a signal.
bool Listener::wait_for_sessions(int64_t seconds, bool until_signal) {
  const auto deadline = lib::Deadline::in_seconds(seconds);
  while (sessions_.running() != 0) {
    const int left = deadline.poll_timeout();
    if (left == 0) return false;
    wait(waiting_.size(), left);
    if (handle_signals() != nullptr && until_signal) return false;
    if (waiting_[1].revents != 0) handle_reports();
  }
  return true;
}

// A connection in the process of its session, nothing in ours.
std::optional<Connection> Listener::start_session(int listening) {
  auto connection = take(listening);
  if (!connection) return std::nullopt;
  const auto admitted = admit(connection->client);
  if (!admitted) return std::nullopt;
  const pid_t pid = fork();
  if (pid == 0) {
    if (reports_) connection->reports = reports_->sending();
    return connection;
  }
  if (pid < 0) {
    sessions_.cancel(admitted->session);
    complain("start a session", errno);
    return std::nullopt;
  }
  sessions_.started(admitted->session, pid, now_ms_);
  log_open(connection->client, pid, admitted->from_source);
  return std::nullopt;
}

std::optional<Connection> Listener::take(int listening) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  UniqueFd fd(accept4(listening, reinterpret_cast<sockaddr*>(&address), &size,
                      SOCK_CLOEXEC));
  if (fd.valid()) {
    const auto client = lib::endpoint_of(address);
    if (!client) return std::nullopt;
    return Connection{.fd = std::move(fd), .client = *client};
  }
  if (!concerns_one_connection(errno)) {
    complain("accept a connection", errno);
    paused_until_ms_ = now_ms_ + kPauseMs;
  }
  return std::nullopt;
}

bool Listener::is_proxy(const Endpoint& peer) const {
  return proxies_.expected && proxies_.trusts(peer.address);
}

// Behind a proxy the peer's address is the proxy's, and is not counted: who
// the client is comes to be known later.
std::optional<Listener::Admitted> Listener::admit(const Endpoint& client) {
  const auto session = sessions_.open(now_ms_);
  if (!session) {
    refuse(client, "sessions", sessions_.running(), limits_.sessions,
           refusals_);
    return std::nullopt;
  }
  if (is_proxy(client)) return Admitted{*session, 0};
  const auto share = sessions_.attribute(*session, client.address, now_ms_);
  if (share.granted) return Admitted{*session, share.taken};
  sessions_.cancel(*session);
  refuse(client, "source", share.taken, limits_.per_source, share.refusals);
  return std::nullopt;
}

void Listener::refuse(const Endpoint& client, const char* limit, unsigned taken,
                      unsigned most, RateLimit& refusals) {
  const auto held_back = refusals.allow(now_ms_, quiet_ms_);
  if (!held_back) return;
  LogLine(log_, "refuse", Level::Warning)
      .field("limit", limit)
      .field("ip", lib::format_address(client.address).view())
      .number("port", client.port)
      .pair("taken", taken, most)
      .number("suppressed", *held_back);
}

[[gnu::noinline]] void Listener::log_open(const Endpoint& client, pid_t pid,
                                          unsigned from_source) {
  LogLine line(log_, "open");
  line.field("ip", lib::format_address(client.address).view())
      .number("port", client.port)
      .number("pid", static_cast<uint64_t>(pid))
      .pair("sessions", sessions_.running(), limits_.sessions);
  if (from_source != 0) line.pair("source", from_source, limits_.per_source);
}

[[gnu::noinline]] void Listener::log_close(pid_t pid, int status,
                                           const Sessions::Closed& closed) {
  LogLine line(log_, "close");
  if (closed.client)
    line.field("ip", lib::format_address(*closed.client).view());
  line.number("pid", static_cast<uint64_t>(pid));
  if (WIFSIGNALED(status))
    line.number("signal", static_cast<unsigned>(WTERMSIG(status)));
  else
    line.number("status", static_cast<unsigned>(WEXITSTATUS(status)));
  line.tenths("seconds", static_cast<uint64_t>(closed.duration_ms) / 100)
      .pair("sessions", sessions_.running(), limits_.sessions);
}

void Listener::complain(const char* doing, int error) {
  const auto held_back = failures_.allow(now_ms_, quiet_ms_);
  if (!held_back) return;
  LogLine(log_, "failure", Level::Error)
      .field("doing", doing)
      .field("cause", strerror(error))
      .number("suppressed", *held_back);
}

Connection wait_for_session(const ListenerOptions& options,
                            const Proxies& proxies, const lib::Log& log) {
  std::optional<Detachment> detachment;
  if (options.detach) detachment.emplace(log);
  Listener listener(options, proxies, log);
  if (detachment) detachment->ready();
  return listener.next_session();
}

}  // namespace

UniqueFd accept_connections(const ListenerOptions& options,
                            const Proxies& proxies, const lib::Log& log) {
  prepare_connection_environment();
  // The listener is gone, with its descriptors, before the session begins.
  Connection connection = wait_for_session(options, proxies, log);
  lib::reset_session_signals();
  if (dup2(connection.fd.get(), 0) < 0 || dup2(connection.fd.get(), 1) < 0)
    lib::die(lib::kTemporary, log.program(),
             lib::Error::from_errno("place the connection"));
  describe_connection(0, connection.client);
  return std::move(connection.reports);
}

}  // namespace popup
