// SPDX-License-Identifier: ISC
// Runs as root: reads only what the administrator wrote.
#include "popup/options.h"

#include <sys/sysinfo.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>
#include <string_view>

#include "lib/process/exit_code.h"
#include "lib/process/option_table.h"
#include "lib/process/program.h"
#include "popup/ids.h"
#include "popup/loop/metrics_file.h"

namespace popup {
namespace {

constexpr lib::HelpText kHelp{
    .program = "popup",
    .operands = "hostname checker [argument ...]",
    .before = "",
    .after =
        "\nExit: 0 done (also a refused login), 100 bad command line, "
        "111 temporary error.\n"};

// Adds values that are parsed last, because they depend on other options.
struct CommandLine : Options {
  const char* mechanisms = nullptr;  // -M
  const char* ids = nullptr;         // -u
  const char* tls_ids = nullptr;     // --tls-user
};

// It goes into the greeting, the challenge and a header of bulletins.
bool is_hostname(std::string_view name) {
  return !name.empty() && name.size() <= 255 &&
         std::ranges::all_of(name, [](char c) {
           return c > ' ' && c < 0x7f && c != '<' && c != '>' && c != '@';
         });
}

constexpr auto kOptions = std::to_array<lib::Option<CommandLine>>({
    {{'A', "apop", nullptr, "offer APOP and CRAM-MD5"},
     [](CommandLine& line, const char*) { return line.offer.apop = true; }},
    {{'T', nullptr, "htag",
      "the name after the @ of the APOP timestamp (hostname);\nimplies -A"},
     [](CommandLine& line, const char* value) {
       line.htag = value;
       line.offer.apop = true;
       return is_hostname(value);
     }},
    {{'M', nullptr, "list", "SASL mechanisms (PLAIN,LOGIN; CRAM-MD5 with -A)"},
     [](CommandLine& line, const char* value) {
       line.mechanisms = value;
       return true;
     }},
    {{'L', nullptr, "seconds", "limit for the whole login (180)"},
     lib::set_number<&CommandLine::login_seconds, 1, 86400>},
    {{0, "session", "seconds", "limit for the session that follows (none)"},
     lib::set_number<&CommandLine::session_seconds, 1, UINT_MAX>},
    {{'n', nullptr, "number", "failed logins allowed on a connection (3)"},
     lib::set_number<&CommandLine::tries, 1, 1000>},
    {{'w', nullptr, "seconds", "delay of the first refusal, doubling (2)"},
     lib::set_number<&CommandLine::delay_seconds, 0, 3600>},
    {{'u', nullptr, "uid[:gid]",
      "ids of the dialogue, if started as root (those of\n"
      "the account popup, else 65534:65534)"},
     lib::set_text<&CommandLine::ids>},
    {{'r', nullptr, "directory",
      "root directory of the dialogue, if started as root"},
     [](CommandLine& line, const char* value) {
       line.jail.root = value;
       return true;
     }},
    {{'S', "require-tls", nullptr, "no login before TLS"},
     lib::set_flag<&CommandLine::require_tls>},
    {{0, "tls", nullptr, "the connection is encrypted (by stunnel, hitch)"},
     lib::set_flag<&CommandLine::encrypted>},
    {{0, "tls-helper", "command", "a program that speaks TLS after STLS"},
     [](CommandLine& line, const char* value) {
       return line.tls_helper.set_command(value);
     }},
    {{0, "tls-user", "uid[:gid]",
      "ids of the TLS helper, if started as root (those of\n"
      "the account popup-tls)"},
     lib::set_text<&CommandLine::tls_ids>},
    {{'P', "proxy", nullptr, "the connection opens with a PROXY header"},
     [](CommandLine& line, const char*) {
       return line.proxies.expected = true;
     }},
    {{0, "proxy-from", "address[/bits],...", "who may send one (loopback)"},
     [](CommandLine& line, const char* value) {
       return line.proxies.trust(value);
     }},
    {{'W', nullptr, nullptr, "log clients whose name does not lead back"},
     lib::set_flag<&CommandLine::check_host>},
    {{0, "login-delay", "seconds", "announce LOGIN-DELAY in CAPA"},
     [](CommandLine& line, const char* value) {
       return lib::take_number(value, 1, UINT_MAX, line.offer.login_delay);
     }},
    {{'D', nullptr, nullptr,
      "listen; without it, serve the one connection on\n"
      "descriptors 0 and 1"},
     lib::set_flag<&CommandLine::stand_alone>},
    {{0, "detach", nullptr, "-D as a daemon, which logs to syslog"},
     [](CommandLine& line, const char*) {
       line.stand_alone = true;
       return line.detach = true;
     }},
    {{'l', nullptr, "[address]:port",
      "where to listen (all addresses, port 110); repeatable"},
     [](CommandLine& line, const char* value) {
       line.addresses.emplace_back(value);
       return true;
     }},
    {{0, "tls-listen", "[address]:port",
      "where TLS begins at once (nowhere); repeatable"},
     [](CommandLine& line, const char* value) {
       line.tls_addresses.emplace_back(value);
       return true;
     }},
    {{'c', nullptr, "number", "sessions at most (500)"},
     lib::set_number<&CommandLine::sessions, 1, 1'000'000>},
    {{'C', nullptr, "number", "sessions of one source at most (50)"},
     lib::set_number<&CommandLine::per_source, 1, 1'000'000>},
    {{'b', nullptr, "number", "connections that may wait (128)"},
     lib::set_number<&CommandLine::backlog, 1, 65535>},
    {{0, "checkers", "number", "checkers at a time (twice the processors)"},
     lib::set_number<&CommandLine::checkers, 1, 1'000'000>},
    {{0, "per-user", "number", "sessions of one login at most (20)"},
     lib::set_number<&CommandLine::per_user, 1, 1'000'000>},
    {{0, "min-delay", "seconds", "how long an ended session counts (10)"},
     lib::set_number<&CommandLine::min_delay_seconds, 0, 86400>},
    {{0, "penalty", "seconds",
      "longest delay that failed logins earn a source\n(16; 0: none)"},
     lib::set_number<&CommandLine::penalty_seconds, 0, 3600>},
    {{0, "drain", "seconds", "how long sessions may go on after SIGTERM"},
     lib::set_number<&CommandLine::drain_seconds, 0, 86400>},
    {{0, "metrics", "file", "write counters to this file every 10 seconds"},
     [](CommandLine& line, const char* value) {
       line.metrics = value;
       return may_be_metrics_file(value);
     }},
    {{'d', nullptr, nullptr, "log every client line, secrets hidden"},
     lib::set_flag<&CommandLine::debug>},
    {{0, "trace", "file", "the same into a file"},
     lib::set_text<&CommandLine::trace_file>},
    {{0, "title", nullptr, "show the client in ps"},
     lib::set_flag<&CommandLine::title>},
    {{0, "socket-debug", nullptr, "SO_DEBUG on the connection"},
     lib::set_flag<&CommandLine::socket_debug>},
    {{'q', nullptr, nullptr, "log less"},
     lib::set_value<&CommandLine::verbosity, lib::Verbosity::Quiet>},
    {{'v', nullptr, nullptr, "log more"},
     lib::set_value<&CommandLine::verbosity, lib::Verbosity::Verbose>},
    {{0, "syslog", nullptr, "log to syslog"},
     lib::set_flag<&CommandLine::syslog>},
});

[[noreturn]] void die_of_usage(std::string_view fault) {
  lib::die_of_usage(lib::kUsage, kHelp.program, fault);
}

// The helper holds the certificate's key, which a dialogue must not get.
void find_tls_account(CommandLine& line) {
  Jail account;
  if (line.tls_ids != nullptr) {
    if (!parse_ids(line.tls_ids, account))
      lib::die_bad_value(lib::kUsage, kHelp.program, "--tls-user",
                         line.tls_ids);
  } else if (geteuid() != 0 || !line.tls_helper.available()) {
    return;
  } else if (!parse_ids("popup-tls", account)) {
    die_of_usage("--tls-helper needs --tls-user or an account popup-tls");
  }
  if (geteuid() == 0 && account.uid == line.jail.uid)
    die_of_usage("the TLS helper needs ids other than the dialogue's");
  line.tls_helper.account = account;
}

}  // namespace

Options parse_options(int argc, char** argv) {
  CommandLine line;
  lib::UsageFault fault;
  if (!lib::parse_options(kOptions, kHelp, argc, argv, line, fault))
    die_of_usage(fault.view());
  line.offer.cram_md5 = line.offer.apop;
  if (line.mechanisms != nullptr &&
      !parse_mechanisms(line.mechanisms, line.offer))
    lib::die_bad_value(lib::kUsage, kHelp.program, "-M", line.mechanisms);
  if (line.ids != nullptr && !parse_ids(line.ids, line.jail))
    lib::die_bad_value(lib::kUsage, kHelp.program, "-u", line.ids);
  // Only root can change its ids; others need not look for the account.
  if (line.ids == nullptr && geteuid() == 0 && !parse_ids("popup", line.jail))
    line.jail = {.root = line.jail.root};
  find_tls_account(line);
  if (!line.tls_addresses.empty() && !line.tls_helper.available())
    die_of_usage("--tls-listen needs --tls-helper");
  if (!line.tls_addresses.empty() && !line.stand_alone)
    die_of_usage("--tls-listen needs -D");
  if (argc - optind < 2) die_of_usage("a hostname and a checker are needed");
  line.hostname = argv[optind];
  line.checker = argv + optind + 1;
  if (!is_hostname(line.hostname)) die_of_usage("the hostname is not one");
  if (line.metrics != nullptr && !line.stand_alone)
    die_of_usage("--metrics needs -D");
  if (*line.htag == '\0') line.htag = line.hostname;
  if (line.checkers == 0 && line.stand_alone)
    line.checkers = std::max(4U, 2 * static_cast<unsigned>(get_nprocs()));
  return line;
}

}  // namespace popup
