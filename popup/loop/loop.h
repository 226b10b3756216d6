// SPDX-License-Identifier: ISC
// popup/loop: the event loop.  It carries out the connections' orders, for one
// connection or for all of popup -D.
// Called by: popup's main.  Calls: popup/broker, popup/listener,
// popup/connection, lib.
#pragma once

#include <sys/resource.h>
#include <sys/types.h>

#include <array>
#include <csignal>
#include <cstdint>
#include <optional>
#include <vector>

#include "lib/io/log.h"
#include "lib/io/trace.h"
#include "lib/io/unique_fd.h"
#include "lib/process/title.h"
#include "lib/text/address.h"
#include "popup/broker/connection.h"
#include "popup/broker/policy.h"
#include "popup/broker/server_process.h"
#include "popup/broker/ucspi_tls.h"
#include "popup/listener/detachment.h"
#include "popup/listener/listener_options.h"
#include "popup/listener/sockets.h"
#include "popup/loop/metrics.h"
#include "popup/loop/metrics_file.h"
#include "popup/loop/penalties.h"
#include "popup/loop/rate_limit.h"
#include "popup/loop/sources.h"
#include "popup/loop/table.h"

namespace popup {

// Runs as root, if popup was started as root.  Each popup is one process with
// one loop.  The loop starts the dialogues and the checkers, and waits for all
// of them at once, for the servers that checkers exec, and for deadlines.  It
// never looks at what a client sends.  It blocks only while a process starts
// (fork, and vfork until exec):
//
// - Descriptors are watched by epoll, children by signalfd, time by the tables.
// - Replies go out as far as the client takes them, log lines as far as the
//   reader does.
class Loop {
 public:
  // options is null for one connection.  All arguments must outlive the object.
  // Prepares the environment that all checkers inherit.
  Loop(const Policy& policy, const ListenerOptions* options, lib::Log& log,
       const lib::Trace& trace, const lib::ProcessTitle& title);

  // Serves the connection on descriptors 0 and 1; returns popup's exit code.
  int serve_connection();
  // popup -D: listens until SIGTERM or SIGINT, which end the process.
  // detachment is null unless popup is a daemon.
  [[noreturn]] void listen(Detachment* detachment);

 private:
  // A connection has these from its start to its end.
  struct Common {
    SessionId sid;
    int64_t started_ms = 0;
    std::optional<lib::Address> client;   // once it is known for good
    std::optional<lib::Address> counted;  // among sources_
    pid_t tls_helper = -1;
  };
  // A connection before its session, with what it has open.
  struct Login : Common {
    Login(const Policy& policy, const lib::Log& log, const lib::Trace& trace,
          UcspiTls& tls, const Challenge& challenge)
        : connection(policy, log, trace, tls, challenge) {}

    Connection connection;
    lib::UniqueFd socket;  // the client, with -D
    int input = 0;         // the client
    int output = 1;
    lib::Endpoint peer;  // with -D
    // With -D, once the client is on the other side of the TLS helper.
    std::optional<lib::Endpoint> local;
    int watched = -1;  // the client's descriptor, if epoll watches it
    pid_t dialogue = -1;
    int dialogue_signal = 0;
    lib::UniqueFd records;
    lib::UniqueFd tls_status;  // until a dialogue reads it
    ServerProcess checker;
    lib::UniqueFd status;
    uint64_t user_hash = 0;         // with -D, from StartChecker on
    bool is_to_be_refused = false;  // the checker has POPUP_IN_USE
    bool was_served = false;        // a server without a status byte served
    size_t unsent = 0;              // of the reply
    size_t to_discard = 0;          // of the client's input, at most
  };
  // A session, after the server has announced itself.  Small, because it may
  // last for hours.
  struct Session : Common {
    explicit Session(const Common& common) : Common(common) {}

    ServerProcess server;
    uint64_t user_hash = 0;
    // The client, if the server's own descriptor cannot be looked at.
    lib::UniqueFd socket;
    lib::FixedText<63> user;  // longer ones are cut
  };
  // A connection that is over, except that its TLS helper still runs: the
  // client may not have taken all of the last reply yet.
  struct Ended : Common {
    int code;
    bool noteworthy;  // event=close is logged without -v
  };
  enum class Owner : unsigned char { Login, Session, Ended };
  struct Child {
    pid_t process;
    Owner owner;
    uint32_t at;  // in logins_, sessions_ or ended_
  };
  // A login's place among the checkers that may run at a time.
  struct Place {
    uint32_t at;
    uint32_t generation;
    lib::Address source;
    unsigned sessions;  // at most so many of its user, once its checker runs
  };
  enum class Watched : unsigned char {
    Signals,
    Listening,
    Records,
    Status,
    Client
  };
  // epoll hands this back: the kind of the descriptor, and whose it is.
  struct Tag {
    uint32_t generation;
    uint32_t at : 29;  // -c is less
    Watched what : 3;
  };

  // --- What happens (loop.cc)
  void turn(int64_t until_ms);
  void handle_signals();
  void end_all();
  void reap(pid_t first);
  void child_ended(Child child, const siginfo_t& info);
  void dialogue_ended(uint32_t at, const siginfo_t& info);
  void checker_ended(uint32_t at, const siginfo_t* info);
  void session_ended(uint32_t at, const siginfo_t* info);
  void read_records(uint32_t at);
  void read_status(uint32_t at);
  void client_ready(uint32_t at);
  void login_due(uint32_t at);
  void session_due(uint32_t at);

  // --- What is to be done (loop.cc)
  void log_for(const SessionId& sid);
  void show_title(const lib::Client& client, std::string_view user = {});
  void show_count();
  void advance(uint32_t at);
  void start(uint32_t at);
  void start_tls(uint32_t at);
  void identify_client(Login& login);
  void kill_dialogue(Login& login);
  void disown_dialogue(Login& login);
  void seek_place(uint32_t at);
  void describe(const Login& login);
  void start_checker(uint32_t at);
  void kill_checker(Login& login);
  void send_reply(Login& login);
  void discard(Login& login);
  void hand_over(uint32_t at);
  void close(uint32_t at);
  void set_login_deadline(uint32_t at);
  bool watch(int fd, uint32_t events, Watched what, uint32_t at);
  void forget(int fd);
  void unwatch_client(Login& login);
  void add_child(pid_t process, Owner owner, uint32_t at);
  void give_child(pid_t process, Owner owner, uint32_t at);
  void remove_child(pid_t process);
  void await_tls_helper(const Ended& ended);
  void end_tls_helper(pid_t process);
  Common& connection_of(const Child& child);
  void end_ended(uint32_t at);
  void forget_ended(uint32_t at);
  std::vector<Child, UnsharedMemory<Child>>::iterator find_child(pid_t process);

  // --- Limits on checkers and on a user's sessions (places.cc)
  bool release_place(uint32_t at);
  void count_session(uint64_t user_hash);
  void fill_places();
  std::vector<Place>::iterator next_waiting();
  [[nodiscard]] bool may_reach_limit(uint64_t user_hash);
  [[nodiscard]] unsigned sessions_of(uint64_t user_hash);

  // --- popup -D (listening.cc)
  void accept_from(size_t socket);
  uint32_t add_login(lib::UniqueFd fd, const lib::Endpoint& peer,
                     const Challenge& challenge);
  unsigned count_source(const lib::Endpoint& client);
  bool accept_one(const ListenSocket& listening);
  void admit(uint32_t at);
  void take_client(Login& login, const lib::Endpoint& client,
                   unsigned from_source);
  void allow_files();
  void watch_sockets();
  void pause();
  void end_pause();
  void connection_over(const Ended& ended);
  [[noreturn]] void stop(const char* signal_name);
  void end_logins();
  void end_checkers();
  void wait_for_end(int64_t milliseconds, bool until_signal);
  [[nodiscard]] size_t connections() const {
    return options_ == nullptr ? 1 : options_->sessions;
  }
  [[nodiscard]] size_t running() const {
    return logins_.size() + sessions_.size() + ended_.size();
  }
  [[nodiscard]] bool is_verbose() const {
    return log_.verbosity() == lib::Verbosity::Verbose;
  }
  void refuse(const lib::Endpoint& client, const char* limit, size_t taken,
              unsigned most, RateLimit& refusals);
  void complain(const char* doing, int error);
  [[nodiscard]] Metrics metrics_now();
  void write_metrics();
  void log_metrics_line();

  const Policy& policy_;
  const ListenerOptions* options_;  // null: one connection
  lib::Log& log_;
  const lib::Trace& trace_;
  const lib::ProcessTitle& title_;
  lib::UniqueFd epoll_;
  lib::UniqueFd signals_;
  int64_t now_ms_;

  UcspiTls tls_;  // of the one connection; empty with -D
  Table<Login> logins_;
  Table<Session> sessions_;
  Table<Ended> ended_;
  std::vector<Child, UnsharedMemory<Child>> children_;  // sorted by process
  const char* ending_signal_ = nullptr;
  int exit_code_ = 0;  // of the one connection
  // One connection: the checker's variables are set, for all tries.
  bool environment_is_ready_ = false;

  // --checkers: who has a place, and who waits for one, in order.
  std::vector<Place> places_;
  std::vector<Place> waiting_;
  // They are no checkers any more, but sent no status byte: probably servers.
  std::vector<Place> unannounced_;
  int64_t next_look_at_places_ms_ = INT64_MAX;

  // popup -D
  std::optional<Sources> sources_;
  std::optional<Penalties> penalties_;
  std::vector<ListenSocket> sockets_;
  uint64_t accepted_ = 0;
  int64_t quiet_ms_ = 0;                 // RateLimit's period
  int64_t paused_until_ms_ = INT64_MAX;  // MAX: connections are accepted
  rlimit files_{};  // RLIMIT_NOFILE of what popup starts; 0: unchanged
  // The kernel and our rights allow output_of() (loop.cc).
  bool can_copy_sockets_ = false;
  RateLimit failures_;
  RateLimit refusals_;
  std::optional<size_t> shown_;  // running() in the title
  Metrics metrics_;              // what is counted since the start
  std::optional<MetricsFile> metrics_file_;
};

}  // namespace popup
