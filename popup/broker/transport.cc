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

// A TLS server that does not answer may be waiting for the client.
constexpr int kTlsSeconds = 30;

[[gnu::noinline]] void log_impossible(const lib::Log& log) {
  lib::LogLine(log, "tls", Level::Warning)
      .field("error", "required, but there is no way to start it");
}

}  // namespace

Transport::Transport(const Policy& policy, const lib::Log& log, int listener)
    : policy_(policy), log_(log), listener_(listener), offer_(policy.offer) {
  tls_.take_from_environment(log);
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

bool Transport::take_proxy_header(lib::Deadline deadline) {
  const lib::Client proxy = lib::find_client();
  const auto peer = lib::parse_address(proxy.ip.view());
  std::optional<ProxiedClient> client;
  FailureText failure;
  if (!peer || !policy_.proxies.trusts(*peer)) {
    failure << "this peer may not send a PROXY header";
  } else if (const auto payload =
                 run_one_shot(settings(), read_proxy_header,
                              RecordKind::Proxied, deadline, failure)) {
    client = decode_proxied(*payload);
    if (!client) failure << kFalseRecord;
  }
  if (!client) {
    lib::LogLine line(log_, "proxy", Level::Warning);
    line.field("error", failure.view())
        .field("ip", proxy.ip.view())
        .field("port", proxy.port.empty() ? "-" : proxy.port.view());
    if (!failure.refused_octets.empty())
      line.field("octets", failure.refused_octets.view());
    return false;
  }
  if (client->tls) {
    if (!client->tls_version.empty())
      lib::set_variable("SSL_PROTOCOL", client->tls_version.view());
    set_encrypted(true);
  }
  if (client->local) return true;
  describe_proxied_connection(client->source, client->destination);
  return ask_listener(listener_, client->source, deadline);
}

bool Transport::start_tls(lib::Deadline deadline, FailureText& failure) {
  const bool works = switch_to_tls(deadline, failure);
  tls_.conclude(works);
  set_encrypted(works);
  return works;
}

bool Transport::switch_to_tls(lib::Deadline deadline, FailureText& failure) {
  lib::Status ready = tls_.switch_over();
  if (ready.ok()) ready = prepare_connection();
  if (!ready.ok()) {
    failure << lib::cause_of(ready.error()).view();
    return false;
  }
  DialogueSettings settings = this->settings();
  settings.tls_control = tls_.control();
  const auto limit = lib::Deadline::in_seconds(kTlsSeconds).earlier(deadline);
  const auto answer =
      run_one_shot(settings, request_tls, RecordKind::TlsBlock, limit, failure);
  if (!answer) return false;
  if (!export_tls_variables(*answer)) {
    failure << kFalseRecord;
    return false;
  }
  if (const auto entry = find_senseless_entry(*answer))
    lib::LogLine(log_, "tls", Level::Warning)
        .field("error", "a variable of the TLS server's has no =")
        .field("entry", *entry);
  return true;
}

}  // namespace popup
