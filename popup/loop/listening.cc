// SPDX-License-Identifier: ISC
// Runs as root: accepts connections, and reads nothing from them.
//
// popup -D: its sockets, the limits on its connections, and its end.
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "lib/io/deadline.h"
#include "lib/process/exit_code.h"
#include "lib/process/program.h"
#include "popup/broker/challenge.h"
#include "popup/broker/started_program.h"
#include "popup/connection/descriptors.h"
#include "popup/listener/sockets.h"
#include "popup/loop/loop.h"

namespace popup {
namespace {

using lib::LogLine;
using Level = lib::Log::Level;

// The pause after accept() has failed for lack of something that only other
// processes can free.
constexpr int64_t kPauseMs = 200;
// At most this many new connections of a socket in one turn of the loop, so
// that the old connections are served in between.
constexpr unsigned kAtOnce = 16;
// RateLimit's period with --min-delay 0; otherwise it is the minimum delay.
constexpr int64_t kQuietMs = 10'000;
// How long running checkers may delay the end without --drain.
constexpr int64_t kCheckerMs = 2000;
// How long we wait for sessions that we end after --drain: longer than it takes
// to give up one that hangs (server_process.h).
constexpr int64_t kEndMs = 10'000;
// Descriptors that the loop has besides two for each login.
constexpr rlim_t kOtherFiles = 64;

// True for errors of accept(2) that concern one connection: the next may work.
bool concerns_one_connection(int error) {
  constexpr std::array kErrors{
      EINTR,     EAGAIN,      ECONNABORTED, EPROTO,    EPERM,
      ENETDOWN,  ENOPROTOOPT, ENONET,       EHOSTDOWN, EHOSTUNREACH,
      ETIMEDOUT, EOPNOTSUPP,  ENETUNREACH};
  return std::ranges::find(kErrors, error) != kErrors.end();
}

// For a hash whose collisions nobody shall know.  Without random bytes the time
// must do.
uint64_t random_seed(int64_t now_ms) {
  uint64_t seed = 0;
  if (getrandom(&seed, sizeof seed, 0) < 0)
    seed = static_cast<uint64_t>(now_ms);
  return seed;
}

}  // namespace

void Loop::listen(Detachment* detachment) {
  signal(SIGHUP, SIG_IGN);
  log_.never_wait();
  const int64_t min_delay_ms = int64_t{options_->min_delay_seconds} * 1000;
  sources_.emplace(Sources::Limits{.connections = options_->sessions,
                                   .per_source = options_->per_source,
                                   .min_delay_ms = min_delay_ms});
  // With a longer delay the rest of the time might not suffice for a login.
  const unsigned most_seconds =
      std::min(options_->penalty_seconds, policy_.login_seconds / 2);
  penalties_.emplace(int64_t{most_seconds} * 1000, random_seed(now_ms_));
  quiet_ms_ = min_delay_ms == 0 ? kQuietMs : min_delay_ms;
  sockets_ = open_listen_sockets(*options_, log_);
  if (!policy_.tls_helper.available() &&
      std::ranges::any_of(sockets_, &ListenSocket::tls))
    lib::die(lib::kUsage, log_.program(), "a port for TLS needs --tls-helper");
  watch_sockets();
  allow_files();
  if (options_->metrics != nullptr)
    metrics_file_.emplace(options_->metrics, log_);
  show_count();
  if (detachment != nullptr) detachment->ready();
  while (ending_signal_ == nullptr) turn(INT64_MAX);
  stop(ending_signal_);
}

// Raises the limit on descriptors if it is below what -c needs.  The programs
// that popup starts get the old one.
void Loop::allow_files() {
  rlimit files{};
  const rlim_t needed = 2 * rlim_t{options_->sessions} + kOtherFiles;
  if (getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur >= needed) return;
  const rlimit raised{.rlim_cur = std::min(needed, files.rlim_max),
                      .rlim_max = files.rlim_max};
  if (setrlimit(RLIMIT_NOFILE, &raised) == 0) files_ = files;
}

void Loop::accept_from(size_t socket) {
  log_.set_session({});
  for (unsigned i = 0; i < kAtOnce; ++i)
    if (paused_until_ms_ != INT64_MAX || !accept_one(sockets_[socket])) return;
}

// Returns where it is in logins_.
uint32_t Loop::add_login(lib::UniqueFd fd, const lib::Endpoint& peer,
                         const Challenge& challenge) {
  const uint32_t at = logins_.add(policy_, log_, trace_, tls_, challenge);
  Login& login = logins_[at];
  login.sid = make_session_id(++accepted_);
  login.started_ms = now_ms_;
  login.input = login.output = fd.get();
  login.socket = std::move(fd);
  login.peer = peer;
  send_without_delay(login.input);
  if (policy_.socket_debug) debug_connection(login.input);
  lib::Client client;
  client.ip << lib::format_address(peer.address).view();
  client.port.number(peer.port);
  login.connection.set_client(client);
  return at;
}

// Counts a connection for its client's source and returns how many that has; 0,
// with nothing changed, if it has too many.
unsigned Loop::count_source(const lib::Endpoint& client) {
  const auto share = sources_->add(client.address, now_ms_);
  if (!share.is_full()) return share.counted;
  ++metrics_.over_source;
  refuse(client, "source", share.counted, options_->per_source,
         *share.refusals);
  return 0;
}

// False if no connection waits, or none can be taken now.
bool Loop::accept_one(const ListenSocket& listening) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  lib::UniqueFd fd(accept4(listening.fd.get(),
                           reinterpret_cast<sockaddr*>(&address), &size,
                           SOCK_CLOEXEC));
  if (!fd.valid()) {
    if (errno == EAGAIN) return false;
    if (concerns_one_connection(errno)) return true;
    complain("accept a connection", errno);
    pause();
    return false;
  }
  const auto peer = lib::endpoint_of(address);
  if (!peer) return true;
  ++metrics_.connections;
  if (running() >= options_->sessions) {
    ++metrics_.over_sessions;
    refuse(*peer, "sessions", running(), options_->sessions, refusals_);
    return true;
  }
  Challenge challenge;
  if (policy_.offer.apop || policy_.offer.cram_md5) {
    auto made = make_challenge(policy_.htag);
    if (!made.ok()) {
      complain(made.error().doing, made.error().code);
      return true;
    }
    challenge = made.value();
  }
  const bool is_proxy =
      policy_.proxies.expected && policy_.proxies.trusts(peer->address);
  const unsigned from_source = is_proxy ? 0 : count_source(*peer);
  if (!is_proxy && from_source == 0) return true;
  const uint32_t at = add_login(std::move(fd), *peer, challenge);
  Login& login = logins_[at];
  take_client(login, *peer, from_source);
  log_for(login.sid);
  login.connection.begin(now_ms_, listening.tls);
  advance(at);
  log_.set_session({});
  return true;
}

void Loop::watch_sockets() {
  for (uint32_t i = 0; i < sockets_.size(); ++i)
    if (!watch(sockets_[i].fd.get(), EPOLLIN, Watched::Listening, i)) {
      const int error = errno;
      log_.set_session({});
      complain("wait for connections", error);
      return pause();
    }
}

// New connections wait in the kernel for a moment; the others go on.
void Loop::pause() {
  paused_until_ms_ = now_ms_ + kPauseMs;
  for (const ListenSocket& socket : sockets_) forget(socket.fd.get());
}

void Loop::end_pause() {
  if (now_ms_ < paused_until_ms_) return;
  paused_until_ms_ = INT64_MAX;
  watch_sockets();
}

// A proxied client counts as if it had connected directly.
void Loop::admit(uint32_t at) {
  Login& login = logins_[at];
  if (options_ == nullptr) {
    show_title(login.connection.client());
    return login.connection.admitted(true, now_ms_);
  }
  const lib::Endpoint& client = login.connection.proxied().source;
  if (login.counted)
    sources_->remove(*login.counted, login.started_ms, now_ms_);
  login.counted.reset();
  const unsigned from_source = count_source(client);
  if (from_source != 0) take_client(login, client, from_source);
  login.connection.admitted(from_source != 0, now_ms_);
}

// The client has been counted by count_source().  If from_source is 0 it is a
// proxy, which does not count and pays no penalty.
[[gnu::noinline]] void Loop::take_client(Login& login,
                                         const lib::Endpoint& client,
                                         unsigned from_source) {
  int64_t penalty_ms = 0;
  if (from_source != 0) {
    login.counted = client.address;
    penalty_ms = penalties_->charge(client.address, now_ms_);
    login.connection.set_penalty(penalty_ms);
  }
  if (!is_verbose()) return;
  const bool is_new = !login.connection.is_proxied();
  LogLine line(log_, is_new ? "open" : "client");
  line.field("ip", lib::format_address(client.address).view())
      .number("port", client.port);
  if (is_new)
    line.field("sid", login.sid.view())
        .pair("sessions", running(), options_->sessions);
  if (from_source != 0) line.pair("source", from_source, options_->per_source);
  if (penalty_ms != 0)
    line.tenths("penalty", static_cast<uint64_t>(penalty_ms) / 100);
}

void Loop::connection_over(const Ended& ended) {
  if (options_ == nullptr) {
    exit_code_ = ended.code;
    return;
  }
  if (ended.counted)
    sources_->remove(*ended.counted, ended.started_ms, now_ms_);
  if (!ended.noteworthy && !is_verbose()) return;
  log_.set_session({});
  LogLine line(log_, "close");
  if (ended.client) line.field("ip", lib::format_address(*ended.client).view());
  line.field("sid", ended.sid.view())
      .number("status", static_cast<unsigned>(ended.code))
      .tenths("seconds",
              static_cast<uint64_t>(now_ms_ - ended.started_ms) / 100)
      .pair("sessions", running(), options_->sessions);
}

// --- The end -----------------------------------------------------------------

// Without --drain, sessions go on to their end.  Logins are closed at once,
// except those whose checker runs: it may be about to begin a session, so it
// has kCheckerMs.  Nobody would end a checker that hangs after that.
void Loop::stop(const char* signal_name) {
  log_.set_session({});
  for (const ListenSocket& socket : sockets_) forget(socket.fd.get());
  sockets_.clear();
  if (options_->drain_seconds) {
    LogLine(log_, "drain")
        .field("signal", signal_name)
        .number("seconds", *options_->drain_seconds)
        .number("still_running", running());
    ending_signal_ = nullptr;
    wait_for_end(int64_t{*options_->drain_seconds} * 1000, true);
    end_logins();
    end_all();
    wait_for_end(kEndMs, false);
  } else {
    end_logins();
    const int64_t until_ms = now_ms_ + kCheckerMs;
    while (logins_.size() != 0 && now_ms_ < until_ms) {
      turn(until_ms);
      end_logins();
    }
    end_checkers();
  }
  log_.set_session({});
  LogLine(log_, "stop")
      .field("signal", signal_name)
      .number("still_running", running());
  log_.finish();
  if (metrics_file_) metrics_file_->remove();
  _exit(lib::kDone);
}

// Waits until nothing runs, but at most for milliseconds.  If until_signal, the
// next SIGTERM or SIGINT ends the wait, too.
void Loop::wait_for_end(int64_t milliseconds, bool until_signal) {
  const int64_t until_ms = now_ms_ + milliseconds;
  while (running() != 0 && now_ms_ < until_ms &&
         !(until_signal && ending_signal_ != nullptr))
    turn(until_ms);
}

// Closes the connections that have no checker, and kills their dialogues.
void Loop::end_logins() {
  logins_.for_each([this](uint32_t at) {
    Login& login = logins_[at];
    if (login.checker.process() >= 0) return;
    log_for(login.sid);
    if (login.dialogue >= 0) kill(login.dialogue, SIGKILL);
    forget(login.records.get());
    unwatch_client(login);
    close(at);
  });
}

// Kills what certainly is a checker, and closes its connection.  Without the
// status byte the others may be servers.
void Loop::end_checkers() {
  logins_.for_each([this](uint32_t at) {
    const pid_t checker = logins_[at].checker.process();
    if (!still_runs(checker, policy_.checker, getuid())) return;
    log_for(logins_[at].sid);
    kill(checker, SIGKILL);
    close(at);
  });
}

// --- The log -----------------------------------------------------------------

[[gnu::noinline]] void Loop::refuse(const lib::Endpoint& client,
                                    const char* limit, size_t taken,
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

[[gnu::noinline]] void Loop::complain(const char* doing, int error) {
  const auto held_back = failures_.allow(now_ms_, quiet_ms_);
  if (!held_back) return;
  LogLine(log_, "failure", Level::Error)
      .field("doing", doing)
      .field("cause", strerror(error))
      .number("suppressed", *held_back);
}

Metrics Loop::metrics_now() {
  Metrics metrics = metrics_;
  metrics.before_login = logins_.size();
  metrics.sessions = sessions_.size();
  metrics.checkers_running = places_.size();
  metrics.checkers_waiting = waiting_.size();
  metrics.delayed = penalties_->delayed();
  metrics.penalties = penalties_->sources(now_ms_);
  return metrics;
}

[[gnu::noinline]] void Loop::write_metrics() {
  log_.set_session({});
  metrics_file_->write(format_metrics(metrics_now()), now_ms_);
}

[[gnu::noinline]] void Loop::log_metrics_line() {
  log_.set_session({});
  // Somebody has asked for it: not even -q leaves it out.
  const bool quiet = log_.verbosity() == lib::Verbosity::Quiet;
  LogLine line(log_, "metrics", quiet ? Level::Warning : Level::Info);
  log_metrics(metrics_now(), line);
}

}  // namespace popup
