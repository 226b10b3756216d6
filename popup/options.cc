// SPDX-License-Identifier: ISC
// Runs as root: reads the administrator's words alone.
#include "popup/options.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>
#include <string_view>

#include "lib/process/exit_code.h"
#include "lib/process/option_table.h"
#include "lib/process/program.h"
#include "popup/ids.h"

namespace popup {
namespace {

constexpr lib::HelpText kHelp{
    .program = "popup",
    .operands = "hostname checker [argument ...]",
    .before = "",
    .after =
        "\nExit: 0 done (also a refused login), 100 bad command line, "
        "111 temporary error.\n"};

// What is read into, and two values that depend on other options.
struct CommandLine {
  Options options;
  const char* mechanisms = nullptr;  // -M
  const char* ids = nullptr;         // -u
};

// It goes into the greeting, the challenge and a header of bulletins.
bool is_hostname(std::string_view name) {
  return !name.empty() && name.size() <= 255 &&
         std::ranges::all_of(name, [](char c) {
           return c > ' ' && c < 0x7f && c != '<' && c != '>' && c != '@';
         });
}

constexpr auto kOptions =
    std::to_array<lib::Option<CommandLine>>({
        {{'A', "apop", nullptr, "offer APOP and CRAM-MD5"},
         [](CommandLine& line, const char*) {
           return line.options.policy.offer.apop = true;
         }},
        {{'T', nullptr, "htag",
          "the name after the @ of the APOP timestamp (hostname);\nimplies -A"},
         [](CommandLine& line, const char* value) {
           line.options.policy.htag = value;
           line.options.policy.offer.apop = true;
           return is_hostname(value);
         }},
        {{'M', nullptr, "list",
          "SASL mechanisms (PLAIN,LOGIN; CRAM-MD5 with -A)"},
         [](CommandLine& line, const char* value) {
           line.mechanisms = value;
           return true;
         }},
        {{'L', nullptr, "seconds", "limit for the whole login (180)"},
         [](CommandLine& line, const char* value) {
           return lib::take_number(value, 1, 86400,
                                   line.options.policy.login_seconds);
         }},
        {{0, "session", "seconds", "limit for the session that follows (none)"},
         [](CommandLine& line, const char* value) {
           return lib::take_number(value, 1, UINT_MAX,
                                   line.options.policy.session_seconds);
         }},
        {{'n', nullptr, "number", "failed logins allowed on a connection (3)"},
         [](CommandLine& line, const char* value) {
           return lib::take_number(value, 1, 1000, line.options.policy.tries);
         }},
        {{'w', nullptr, "seconds", "delay of the first refusal, doubling (2)"},
         [](CommandLine& line, const char* value) {
           return lib::take_number(value, 0, 3600,
                                   line.options.policy.delay_seconds);
         }},
        {{'u', nullptr, "uid[:gid]",
          "ids of the dialogue, if started as root (those of\n"
          "the account popup, else 65534:65534)"},
         [](CommandLine& line, const char* value) {
           line.ids = value;
           return true;
         }},
        {{'r', nullptr, "directory",
          "root directory of the dialogue, if started as root"},
         [](CommandLine& line, const char* value) {
           line.options.policy.jail.root = value;
           return true;
         }},
        {{'S', "require-tls", nullptr, "no login before TLS"},
         [](CommandLine& line, const char*) {
           return line.options.policy.require_tls = true;
         }},
        {{0, "tls", nullptr, "the connection is encrypted (by stunnel, hitch)"},
         [](CommandLine& line, const char*) {
           return line.options.policy.encrypted = true;
         }},
        {{'P', "proxy", nullptr, "the connection opens with a PROXY header"},
         [](CommandLine& line, const char*) {
           return line.options.policy.proxies.expected = true;
         }},
        {{0, "proxy-from", "address[/bits],...", "who may send one (loopback)"},
         [](CommandLine& line, const char* value) {
           return line.options.policy.proxies.trust(value);
         }},
        {{'W', nullptr, nullptr, "log clients whose name does not lead back"},
         [](CommandLine& line, const char*) {
           return line.options.policy.check_host = true;
         }},
        {{0, "login-delay", "seconds", "announce LOGIN-DELAY in CAPA"},
         [](CommandLine& line, const char* value) {
           return lib::take_number(value, 1, UINT_MAX,
                                   line.options.policy.offer.login_delay);
         }},
        {{'D', nullptr, nullptr,
          "listen; without it, serve the one connection on\n"
          "descriptors 0 and 1"},
         [](CommandLine& line, const char*) {
           return line.options.stand_alone = true;
         }},
        {{0, "detach", nullptr, "-D as a daemon, which logs to syslog"},
         [](CommandLine& line, const char*) {
           line.options.stand_alone = true;
           return line.options.listener.detach = true;
         }},
        {{'l', nullptr, "[address]:port",
          "where to listen (all addresses, port 110); repeatable"},
         [](CommandLine& line, const char* value) {
           line.options.listener.addresses.emplace_back(value);
           return true;
         }},
        {{'c', nullptr, "number", "sessions at most (500)"},
         [](CommandLine& line, const char* value) {
           return lib::take_number(value, 1, 1'000'000,
                                   line.options.listener.sessions);
         }},
        {{'C', nullptr, "number", "sessions of one source at most (50)"},
         [](CommandLine& line, const char* value) {
           return lib::take_number(value, 1, 1'000'000,
                                   line.options.listener.per_source);
         }},
        {{'b', nullptr, "number", "connections that may wait (128)"},
         [](CommandLine& line, const char* value) {
           return lib::take_number(value, 1, 65535,
                                   line.options.listener.backlog);
         }},
        {{0, "min-delay", "seconds", "how long an ended session counts (10)"},
         [](CommandLine& line, const char* value) {
           return lib::take_number(value, 0, 86400,
                                   line.options.listener.min_delay_seconds);
         }},
        {{0, "drain", "seconds", "how long sessions may go on after SIGTERM"},
         [](CommandLine& line, const char* value) {
           return lib::take_number(value, 0, 86400,
                                   line.options.listener.drain_seconds);
         }},
        {{'d', nullptr, nullptr, "log every client line, secrets hidden"},
         [](CommandLine& line, const char*) {
           return line.options.debug = true;
         }},
        {{0, "trace", "file", "the same into a file"},
         [](CommandLine& line, const char* value) {
           line.options.trace_file = value;
           return true;
         }},
        {{0, "socket-debug", nullptr, "SO_DEBUG on the connection"},
         [](CommandLine& line, const char*) {
           return line.options.socket_debug = true;
         }},
        {{'q', nullptr, nullptr, "log less"},
         [](CommandLine& line, const char*) {
           line.options.verbosity = lib::Verbosity::Quiet;
           return true;
         }},
        {{'v', nullptr, nullptr, "log more"},
         [](CommandLine& line, const char*) {
           line.options.verbosity = lib::Verbosity::Verbose;
           return true;
         }},
        {{0, "syslog", nullptr, "log to syslog"},
         [](CommandLine& line, const char*) {
           return line.options.syslog = true;
         }},
    });

[[noreturn]] void die_of_usage(std::string_view fault) {
  lib::die_of_usage(lib::kUsage, kHelp.program, fault);
}

}  // namespace

Options parse_options(int argc, char** argv) {
  CommandLine line;
  lib::UsageFault fault;
  if (!lib::parse_options(kOptions, kHelp, argc, argv, line, fault))
    die_of_usage(fault.view());
  Options& options = line.options;
  Policy& policy = options.policy;
  policy.offer.cram_md5 = policy.offer.apop;
  if (line.mechanisms != nullptr &&
      !parse_mechanisms(line.mechanisms, policy.offer))
    lib::die_bad_value(lib::kUsage, kHelp.program, "-M", line.mechanisms);
  // Only root can change its ids; others need not look for the account.
  const char* const root = policy.jail.root;
  if (line.ids != nullptr && !parse_ids(line.ids, policy.jail))
    lib::die_bad_value(lib::kUsage, kHelp.program, "-u", line.ids);
  if (line.ids == nullptr && geteuid() == 0) policy.jail = default_jail();
  policy.jail.root = root;
  if (argc - optind < 2) die_of_usage("a hostname and a checker are needed");
  policy.hostname = argv[optind];
  policy.checker = argv + optind + 1;
  if (!is_hostname(policy.hostname)) die_of_usage("the hostname is not one");
  if (*policy.htag == '\0') policy.htag = policy.hostname;
  return std::move(options);
}

}  // namespace popup
