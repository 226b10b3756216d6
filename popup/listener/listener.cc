// SPDX-License-Identifier: ISC
// Runs as root: waits for connections and starts a process for each; it never
// reads a byte from one.
#include "popup/listener/listener.h"

#include <poll.h>
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

// The pause after accept() has failed for lack of something that only other
// processes can free.
constexpr int64_t kPauseMs = 200;

// How long sessions have to end after a signal: more than a broker needs to end
// a session that hangs.
constexpr int kEndSeconds = 10;

// Between two log lines of a kind, if there is no minimum delay.
constexpr int64_t kQuietMs = 10'000;

struct AcceptedConnection {
  UniqueFd fd;
  Endpoint client;   // or the proxy
  UniqueFd reports;  // on which the session names a proxied client
};

// From now on the signals that the loop waits for arrive on this descriptor
// only, so none is lost between two calls.
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

std::optional<ClientReports> expect_reports(const Proxies& proxies,
                                            const lib::Log& log) {
  if (!proxies.expected) return std::nullopt;
  auto reports = ClientReports::open();
  if (!reports.ok()) lib::die(lib::kTemporary, log.program(), reports.error());
  return std::move(reports.value());
}

// True for errors of accept(2) that concern one connection: the next may work.
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

  // Serves as the listener until SIGTERM or SIGINT, which end the process.
  // Returns only in the process of a session.
  AcceptedConnection next_session();

 private:
  void wait(size_t count, int milliseconds);
  const char* handle_signals();
  void reap();
  void handle_reports();
  std::optional<AcceptedConnection> start_session(int listening);
  std::optional<AcceptedConnection> accept_from(int listening);
  bool may_start(const Endpoint& client, bool from_proxy);
  [[noreturn]] void stop(const char* signal_name);
  void drain(const char* signal_name, unsigned seconds);
  bool wait_for_sessions(int64_t seconds, bool until_signal);
  void refuse(const Endpoint& client, const char* limit, size_t taken,
              unsigned most, RateLimit& refusals);
  void log_open(const Endpoint& client, pid_t pid, unsigned from_source);
  void complain(const char* doing, int error);

  const ListenerOptions& options_;
  const Proxies& proxies_;
  const lib::Log& log_;
  Sessions::Limits limits_;
  int64_t quiet_ms_;  // between two log lines of a kind
  std::vector<UniqueFd> sockets_;
  UniqueFd signals_;
  std::optional<ClientReports> reports_;  // set if proxies are expected
  // For signals_, then reports_ (ignored by poll if there are none), then
  // sockets_.
  std::vector<pollfd> waiting_;
  static constexpr size_t kSignals = 0;
  static constexpr size_t kReports = 1;
  static constexpr size_t kFirstSocket = 2;
  Sessions sessions_;
  int64_t now_ms_ = 0;  // when the last wait ended
  int64_t paused_until_ms_ = 0;
  RateLimit failures_;
  RateLimit refusals_;
};

Listener::Listener(const ListenerOptions& options, const Proxies& proxies,
                   const lib::Log& log)
    : options_(options),
      proxies_(proxies),
      log_(log),
      limits_{.sessions = options.sessions,
              .per_source = options.per_source,
              .min_delay_ms = int64_t{options.min_delay_seconds} * 1000},
      quiet_ms_(limits_.min_delay_ms == 0 ? kQuietMs : limits_.min_delay_ms),
      sockets_(open_listen_sockets(options.addresses, options.backlog, log)),
      signals_(watch_signals(log)),
      reports_(expect_reports(proxies, log)),
      sessions_(limits_) {
  waiting_.push_back({.fd = signals_.get(), .events = POLLIN});
  waiting_.push_back({.fd = reports_ ? reports_->fd() : -1, .events = POLLIN});
  for (const UniqueFd& fd : sockets_)
    waiting_.push_back({.fd = fd.get(), .events = POLLIN});
}

AcceptedConnection Listener::next_session() {
  const auto paused = [&] { return now_ms_ < paused_until_ms_; };
  for (;;) {
    // During a pause new connections wait in the kernel; sessions go on.
    if (paused())
      wait(kFirstSocket, static_cast<int>(paused_until_ms_ - now_ms_));
    else
      wait(waiting_.size(), -1);
    // First count the sessions that have ended: others may start then.
    if (const char* const signal_name = handle_signals()) stop(signal_name);
    handle_reports();
    for (size_t i = kFirstSocket; i < waiting_.size() && !paused(); ++i) {
      if (waiting_[i].revents == 0) continue;
      auto connection = start_session(waiting_[i].fd);
      if (connection) return std::move(*connection);
    }
  }
}

// Waits for the first count descriptors of waiting_; -1 means without end.
void Listener::wait(size_t count, int milliseconds) {
  for (pollfd& fd : waiting_) fd.revents = 0;
  (void)poll(waiting_.data(), count, milliseconds);
  now_ms_ = lib::monotonic_ms();
}

// The name of a signal that ends the listener, or nullptr.
const char* Listener::handle_signals() {
  if (waiting_[kSignals].revents == 0) return nullptr;
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

// Reaps any child: process 1 of a container gets other processes' children.
[[gnu::noinline]] void Listener::reap() {
  int status = 0;
  for (pid_t pid = 0; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
    const auto session = sessions_.ended(pid, now_ms_);
    if (!session) continue;
    LogLine line(log_, "close");
    if (session->client)
      line.field("ip", lib::format_address(*session->client).view());
    line.number("pid", static_cast<uint64_t>(pid));
    if (WIFSIGNALED(status))
      line.number("signal", static_cast<unsigned>(WTERMSIG(status)));
    else
      line.number("status", static_cast<unsigned>(WEXITSTATUS(status)));
    line.tenths("seconds",
                static_cast<uint64_t>(now_ms_ - session->started_ms) / 100)
        .pair("sessions", sessions_.running().size(), limits_.sessions);
  }
}

// A session names its proxied client, and asks whether it may go on.  The
// client counts as if it had connected directly.
[[gnu::noinline]] void Listener::handle_reports() {
  if (waiting_[kReports].revents == 0) return;
  while (const auto report = reports_->receive()) {
    const Endpoint& client = report->client;
    const auto share =
        sessions_.attribute(report->process, client.address, now_ms_);
    const bool granted = share && !share->is_full();
    if (granted)
      LogLine(log_, "client")
          .field("ip", lib::format_address(client.address).view())
          .number("port", client.port)
          .number("pid", static_cast<uint64_t>(report->process))
          .pair("source", share->counted, limits_.per_source);
    else if (share)
      refuse(client, "source", share->counted, limits_.per_source,
             *share->refusals);
    ClientReports::answer(*report, granted);
  }
}

// Returns the connection in the new process of its session.  Returns nullopt in
// the listener's, whether the session was started or not.
std::optional<AcceptedConnection> Listener::start_session(int listening) {
  auto connection = accept_from(listening);
  if (!connection) return std::nullopt;
  const Endpoint& client = connection->client;
  const bool from_proxy = proxies_.expected && proxies_.trusts(client.address);
  if (!may_start(client, from_proxy)) return std::nullopt;
  const pid_t pid = fork();
  if (pid == 0) {
    if (reports_) connection->reports = reports_->sending();
    return connection;
  }
  if (pid < 0) {
    complain("start a session", errno);
    return std::nullopt;
  }
  sessions_.started(pid, now_ms_);
  unsigned from_source = 0;
  if (!from_proxy)
    from_source = sessions_.attribute(pid, client.address, now_ms_)->counted;
  log_open(client, pid, from_source);
  return std::nullopt;
}

std::optional<AcceptedConnection> Listener::accept_from(int listening) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  UniqueFd fd(accept4(listening, reinterpret_cast<sockaddr*>(&address), &size,
                      SOCK_CLOEXEC));
  if (fd.valid()) {
    const auto client = lib::endpoint_of(address);
    if (!client) return std::nullopt;
    return AcceptedConnection{.fd = std::move(fd), .client = *client};
  }
  if (!concerns_one_connection(errno)) {
    complain("accept a connection", errno);
    paused_until_ms_ = now_ms_ + kPauseMs;
  }
  return std::nullopt;
}

// A proxy's own address does not count: its session reports the client later.
bool Listener::may_start(const Endpoint& client, bool from_proxy) {
  if (sessions_.is_full()) {
    refuse(client, "sessions", sessions_.running().size(), limits_.sessions,
           refusals_);
    return false;
  }
  if (from_proxy) return true;
  const auto share = sessions_.share_of(client.address, now_ms_);
  if (!share.is_full()) return true;
  refuse(client, "source", share.counted, limits_.per_source, *share.refusals);
  return false;
}

// Without --drain, running sessions go on to their end.
void Listener::stop(const char* signal_name) {
  if (options_.drain_seconds) drain(signal_name, *options_.drain_seconds);
  LogLine(log_, "stop")
      .field("signal", signal_name)
      .number("still_running", sessions_.running().size());
  _exit(lib::kDone);
}

// Waits for the sessions' end.  Another signal to the listener ends the wait
// early, but the sessions still get SIGTERM, which a broker passes on to its
// session, and time to end.
void Listener::drain(const char* signal_name, unsigned seconds) {
  LogLine(log_, "drain")
      .field("signal", signal_name)
      .number("seconds", seconds)
      .number("still_running", sessions_.running().size());
  waiting_.resize(kFirstSocket);
  sockets_.clear();
  if (wait_for_sessions(seconds, true)) return;
  for (const int number : {SIGTERM, SIGKILL}) {
    for (const auto& session : sessions_.running()) kill(session.pid, number);
    if (wait_for_sessions(kEndSeconds, false)) return;
  }
}

// True once no session runs; false after so many seconds, or at a signal.
bool Listener::wait_for_sessions(int64_t seconds, bool until_signal) {
  const auto deadline = lib::Deadline::in_seconds(seconds);
  while (!sessions_.running().empty()) {
    const int left = deadline.poll_timeout();
    if (left == 0) return false;
    wait(waiting_.size(), left);
    if (handle_signals() != nullptr && until_signal) return false;
    handle_reports();
  }
  return true;
}

void Listener::refuse(const Endpoint& client, const char* limit, size_t taken,
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
      .pair("sessions", sessions_.running().size(), limits_.sessions);
  if (from_source != 0) line.pair("source", from_source, limits_.per_source);
}

void Listener::complain(const char* doing, int error) {
  const auto held_back = failures_.allow(now_ms_, quiet_ms_);
  if (!held_back) return;
  LogLine(log_, "failure", Level::Error)
      .field("doing", doing)
      .field("cause", strerror(error))
      .number("suppressed", *held_back);
}

}  // namespace

UniqueFd accept_connections(const ListenerOptions& options,
                            const Proxies& proxies, const lib::Log& log) {
  prepare_connection_environment();
  std::optional<Detachment> detachment;
  if (options.detach) detachment.emplace(log);
  std::optional<Listener> listener(std::in_place, options, proxies, log);
  if (detachment) detachment->ready();
  // From here on this is the process of one session.
  AcceptedConnection connection = listener->next_session();
  // Closes the listener's descriptors.
  listener.reset();
  lib::reset_session_signals();
  if (dup2(connection.fd.get(), 0) < 0 || dup2(connection.fd.get(), 1) < 0)
    lib::die(lib::kTemporary, log.program(),
             lib::Error::from_errno("place the connection"));
  describe_connection(0, connection.client);
  return std::move(connection.reports);
}

}  // namespace popup
