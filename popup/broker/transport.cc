// SPDX-License-Identifier: ISC
// Runs as root.
#include "popup/broker/transport.h"

#include <cstdlib>
#include <optional>

#include "lib/io/client.h"
#include "lib/process/environment.h"
#include "lib/text/address.h"
#include "popup/broker/checker_environment.h"
#include "popup/connection/client_report.h"
#include "popup/connection/descriptors.h"
#include "popup/connection/ucspi_variables.h"
#include "popup/dialogue/tls_variables.h"

namespace popup {
namespace {

using Level = lib::Log::Level;

// A TLS server that says nothing may be waiting for the client.
constexpr int kTlsSeconds = 30;
constexpr std::string_view kLied = "false record of the dialogue";

[[gnu::noinline]] void log_impossible(const lib::Log& log) {
  lib::LogLine(log, "tls", Level::Warning)
      .field("error", "required, but there is no way to start it");
}

}  // namespace

Transport::Transport(const Policy& policy, const lib::Log& log, int listener)
    : policy_(policy), log_(log), listener_(listener), offer_(policy.offer) {
  tls_.take(log);
  set_encrypted(policy.encrypted || is_encrypted_already());
  // A proxy may still say that its client speaks TLS.
  if (offer_.locked && !offer_.stls && !policy.proxies.expected)
    log_impossible(log);
}

std::string_view Transport::tls_name() const {
  const char* version = getenv("SSL_PROTOCOL");
  if (version != nullptr && *version != '\0') return version;
  return encrypted_ ? "yes" : "-";
}

void Transport::set_encrypted(bool encrypted) {
  encrypted_ = encrypted;
  if (encrypted) tls_.decline();
  offer_.stls = tls_.available();
  offer_.locked = !encrypted && (policy_.require_tls || tls_.required());
}

void Transport::decline_tls() {
  tls_.decline();
  offer_.stls = false;
}

DialogueSettings Transport::settings() const {
  return {.jail = policy_.jail, .offer = offer_};
}

bool Transport::hear_proxy(lib::Deadline deadline) {
  const lib::Client proxy = lib::find_client();
  const auto peer = lib::parse_address(proxy.ip.view());
  std::optional<ProxiedClient> told;
  Complaint complaint;
  if (!peer || !policy_.proxies.trusts(*peer)) {
    complaint << "this peer may not send a PROXY header";
  } else if (const auto payload =
                 run_errand(settings(), read_proxy_header, RecordKind::Proxied,
                            deadline, complaint)) {
    told = decode_proxied(*payload);
    if (!told) complaint << kLied;
  }
  if (told) {
    believe_proxy(*told);
    return told->local || ask_listener(listener_, told->source, deadline);
  }
  lib::LogLine line(log_, "proxy", Level::Warning);
  line.field("error", complaint.view())
      .field("ip", proxy.ip.view())
      .field("port", proxy.port.empty() ? "-" : proxy.port.view());
  if (!complaint.octets.empty()) line.field("octets", complaint.octets.view());
  return false;
}

void Transport::believe_proxy(const ProxiedClient& told) {
  if (!told.local) describe_proxied_connection(told.source, told.destination);
  if (!told.tls) return;
  if (!told.tls_version.empty())
    lib::set_variable("SSL_PROTOCOL", told.tls_version.view());
  set_encrypted(true);
}

bool Transport::start_tls(lib::Deadline deadline, Complaint& complaint) {
  const bool works = ask_for_tls(deadline, complaint);
  tls_.conclude(works);
  set_encrypted(works);
  return works;
}

bool Transport::ask_for_tls(lib::Deadline deadline, Complaint& complaint) {
  lib::Status ready = tls_.switch_over();
  if (ready.ok()) ready = prepare_connection();
  if (!ready.ok()) {
    complaint << "unable to " << ready.error().doing;
    return false;
  }
  DialogueSettings settings = this->settings();
  settings.tls_control = tls_.control();
  const auto limit = lib::Deadline::in_seconds(kTlsSeconds).earlier(deadline);
  const auto answer =
      run_errand(settings, request_tls, RecordKind::TlsBlock, limit, complaint);
  if (!answer) return false;
  if (!export_tls_variables(*answer)) {
    complaint << kLied;
    return false;
  }
  if (const auto entry = find_senseless_entry(*answer))
    lib::LogLine(log_, "tls", Level::Warning)
        .field("error", "a variable of the TLS server's has no =")
        .field("entry", *entry);
  return true;
}

}  // namespace popup
