// SPDX-License-Identifier: ISC
// Runs as root, in most set-ups: loop/loop.h says what it does as root.
//
// One connection, process by process:
//
//   broker    popup itself: one event loop (loop/loop.h).  Under a super-server
//             it serves one connection; with -D it accepts and serves all.  It
//             watches the clock, writes the log, and never looks at what a
//             client sends.  It forks a dialogue for each connection, and
//             another one after STLS and after each refused login.
//   dialogue  Greets the client and speaks POP3 with it until it has sent its
//             credentials; without privileges, and confined
//             (dialogue/dialogue.h).  Sends the credentials to the broker in a
//             record (dialogue/record.h), and ends.
//   checker   Started by the broker: the checkpassword program, with the
//             credentials on descriptor 3 (broker/checker.h).  If they are
//             right, that program (checkpw/main.cc) becomes the user and execs
//             the server (maildir-pop3d/main.cc), in the same process.
//
// If the checker refuses, the broker waits a little, tells the client, and
// forks the next dialogue.  Otherwise the server speaks with the client until
// the end, and the broker waits for that.  broker/connection.h decides each
// next step.
//
// Other processes: before -D listens, one that tries the confinement
// (broker/startup_check.h), and with --detach the daemon itself; one that reads
// a PROXY header, and one that reads what a TLS server answers, both confined
// as a dialogue is (dialogue/dialogue.h); the TLS helper of a connection
// (broker/tls_helper.h); those that ask the name service for -W
// (broker/host_check.h); and one that writes --metrics (loop/metrics_file.h).
#include <syslog.h>

#include <optional>

#include "lib/io/io.h"
#include "lib/io/trace.h"
#include "lib/process/environment.h"
#include "lib/process/exit_code.h"
#include "lib/process/program.h"
#include "lib/process/signals.h"
#include "lib/process/title.h"
#include "popup/broker/challenge.h"
#include "popup/broker/startup_check.h"
#include "popup/connection/descriptors.h"
#include "popup/listener/detachment.h"
#include "popup/listener/sockets.h"
#include "popup/loop/loop.h"
#include "popup/options.h"

namespace {

lib::UniqueFd trace_file(const popup::Options& options) {
  if (options.trace_file == nullptr) return {};
  auto file = lib::open_trace_file(options.trace_file);
  if (!file.ok()) lib::die(lib::kTemporary, "popup", file.error());
  return std::move(file.value());
}

}  // namespace

int main(int argc, char** argv) {
  const lib::ProcessTitle title(argc, argv);
  popup::fill_client_descriptors();
  // Only popup itself may tell the programs of its chain where to log.
  lib::unset_variable("POPUP_SYSLOG");
  lib::Log log("popup");
  popup::Options options = popup::parse_options(argc, argv);
  if (options.stand_alone) {
    // Every session would inherit what popup inherited.  systemd passes sockets
    // to this process, not to a daemon that it forks.
    const unsigned passed = options.detach ? 0 : popup::passed_sockets();
    const int trace_fd =
        options.trace_file == nullptr
            ? -1
            : lib::trace_descriptor(options.trace_file).value_or(-1);
    lib::close_from(3 + passed, {trace_fd, -1});
    log.reconnect();
  }
  log.set_verbosity(options.verbosity);
  // A daemon has /dev/null on descriptor 2.
  if (options.syslog || options.detach) log.to_syslog(LOG_MAIL);
  const lib::Trace trace(log, options.debug, trace_file(options));
  lib::reset_signals();
  if (options.stand_alone) {
    popup::check_that_sessions_can_start(options);
    std::optional<popup::Detachment> daemon;
    if (options.detach) daemon.emplace(log);
    popup::Loop(options, &options, log, trace, title)
        .listen(daemon ? &*daemon : nullptr);
  }
  log.set_session(popup::make_session_id().view());
  popup::drop_missing_helper(options, log);
  if (const auto ready = popup::prepare_connection(); !ready.ok())
    lib::die(lib::kTemporary, "popup", ready.error());
  if (options.socket_debug)
    for (const int fd : {0, 1}) popup::debug_connection(fd);
  return popup::Loop(options, nullptr, log, trace, title).serve_connection();
}
