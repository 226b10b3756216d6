// SPDX-License-Identifier: ISC
// Runs as root, in most set-ups: see broker.h for what does.
#include <syslog.h>

#include "lib/io/trace.h"
#include "lib/process/environment.h"
#include "lib/process/exit_code.h"
#include "lib/process/program.h"
#include "lib/process/signals.h"
#include "popup/broker/broker.h"
#include "popup/broker/challenge.h"
#include "popup/broker/startup_check.h"
#include "popup/connection/descriptors.h"
#include "popup/listener/listener.h"
#include "popup/listener/sockets.h"
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
  popup::fill_client_descriptors();
  lib::unset_variable("POPUP_SYSLOG");  // a super-server's is not ours
  lib::Log log("popup");
  const popup::Options options = popup::parse_options(argc, argv);
  if (options.stand_alone) {
    // Passed sockets are meant for this process, not for its daemon.
    popup::close_inherited(
        options.detach ? 0 : popup::passed_sockets(),
        options.trace_file == nullptr
            ? -1
            : lib::trace_descriptor(options.trace_file).value_or(-1));
    log.reconnect();
  }
  log.set_verbosity(options.verbosity);
  // A daemon's descriptor 2 leads nowhere.
  if (options.syslog || options.detach) log.to_syslog(LOG_MAIL);
  const lib::Trace trace(log, options.debug, trace_file(options));
  lib::reset_signals();
  lib::UniqueFd listener;
  if (options.stand_alone) {
    popup::check_that_sessions_can_start(options);
    listener = popup::accept_connections(options, options.proxies, log);
  }
  log.set_session(popup::make_session_id().view());
  if (const auto ready = popup::prepare_connection(); !ready.ok())
    lib::die(lib::kTemporary, "popup", ready.error());
  if (options.socket_debug) popup::debug_connection();
  return popup::serve_connection(options, log, trace, listener.get());
}
