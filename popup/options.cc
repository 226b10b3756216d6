// SPDX-License-Identifier: ISC
// Runs as root: reads the administrator's words alone.
#include "popup/options.h"

#include <getopt.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>
#include <string_view>

#include "lib/process/exit_code.h"
#include "lib/process/program.h"
#include "lib/text/text.h"
#include "popup/ids.h"

namespace popup {
namespace {

constexpr std::string_view kProgram = "popup";

constexpr std::string_view kUsage =
    "usage: popup [options] hostname checker [argument ...]\n";
constexpr std::string_view kHelp =
    "\n"
    "  -A, --apop        offer APOP and CRAM-MD5\n"
    "  -T HTAG           the name behind the @ of the APOP timestamp; "
    "implies -A\n"
    "  -M LIST           SASL mechanisms (PLAIN,LOGIN; CRAM-MD5 with -A)\n"
    "  -L SECONDS        limit for the whole login (180)\n"
    "      --session SECONDS       limit for the session that follows (none)\n"
    "  -n NUMBER         failed logins allowed on a connection (3)\n"
    "  -w SECONDS        delay of the first refusal, doubling (2)\n"
    "  -u UID[:GID]      ids of the dialogue, when started as root "
    "(the account\n"
    "                    popup's, else 65534:65534)\n"
    "  -r DIRECTORY      root directory of the dialogue, when started as "
    "root\n"
    "  -S, --require-tls no login before TLS\n"
    "      --tls         the connection is encrypted already (stunnel, hitch)\n"
    "  -P, --proxy       the connection opens with a PROXY header\n"
    "      --proxy-from ADDRESS[/BITS],...   who may send one (loopback)\n"
    "  -W                log clients whose name does not lead back to them\n"
    "      --login-delay SECONDS   announce LOGIN-DELAY in CAPA\n"
    "  -D                listen; without it, one connection on descriptors 0 "
    "and 1\n"
    "      --detach      -D as a daemon, which logs to syslog\n"
    "  -l [ADDRESS]:PORT where (all addresses, port 110); repeatable\n"
    "  -c NUMBER         sessions at most (500)\n"
    "  -C NUMBER         sessions of one source at most (50)\n"
    "  -b NUMBER         connections that may wait (128)\n"
    "      --min-delay SECONDS     how long an ended session counts (10)\n"
    "      --drain SECONDS         what SIGTERM gives sessions before it ends "
    "them\n"
    "  -d                log every client line, secrets hidden\n"
    "      --trace FILE  the same into a file\n"
    "      --socket-debug          SO_DEBUG on the connection\n"
    "  -q, -v            log less, more\n"
    "      --syslog      log to syslog\n"
    "  -V, --version; -h, --help\n"
    "\n"
    "Exit: 0 done (also a refused login), 100 bad command line, 111 temporary "
    "error.\n";

enum LongOnly : int {
  kSyslog = 256,
  kTrace,
  kLoginDelay,
  kMinDelay,
  kTls,
  kProxyFrom,
  kSocketDebug,
  kDetach,
  kSession,
  kDrain
};

constexpr auto kLong = std::to_array<option>({
    {"apop", no_argument, nullptr, 'A'},
    {"require-tls", no_argument, nullptr, 'S'},
    {"tls", no_argument, nullptr, kTls},
    {"proxy", no_argument, nullptr, 'P'},
    {"proxy-from", required_argument, nullptr, kProxyFrom},
    {"version", no_argument, nullptr, 'V'},
    {"help", no_argument, nullptr, 'h'},
    {"syslog", no_argument, nullptr, kSyslog},
    {"trace", required_argument, nullptr, kTrace},
    {"login-delay", required_argument, nullptr, kLoginDelay},
    {"min-delay", required_argument, nullptr, kMinDelay},
    {"socket-debug", no_argument, nullptr, kSocketDebug},
    {"detach", no_argument, nullptr, kDetach},
    {"session", required_argument, nullptr, kSession},
    {"drain", required_argument, nullptr, kDrain},
    {nullptr, 0, nullptr, 0},
});

[[noreturn]] void usage(std::string_view text) {
  lib::FixedText<900> whole;
  whole << text.substr(0, 800) << " (popup --help lists the options)";
  lib::die(lib::kUsage, kProgram, whole.view());
}

unsigned number(std::string_view option, uint64_t min, uint64_t max) {
  return static_cast<unsigned>(
      lib::number_option(lib::kUsage, kProgram, option, optarg, min, max));
}

[[noreturn]] void bad_value(std::string_view option) {
  lib::die_bad_value(lib::kUsage, kProgram, option, optarg);
}

// It goes into the greeting, the challenge and a header of bulletins.
bool is_hostname(std::string_view name) {
  return !name.empty() && name.size() <= 255 &&
         std::ranges::all_of(name, [](char c) {
           return c > ' ' && c < 0x7f && c != '<' && c != '>' && c != '@';
         });
}

// Options of -D alone; false for any other.
bool take_listener_option(int letter, ListenerOptions& listener) {
  switch (letter) {
    case 'l': listener.addresses.emplace_back(optarg); return true;
    case 'c': listener.sessions = number("-c", 1, 1'000'000); return true;
    case 'C': listener.per_source = number("-C", 1, 1'000'000); return true;
    case 'b': listener.backlog = number("-b", 1, 65535); return true;
    case kMinDelay:
      listener.min_delay_seconds = number("--min-delay", 0, 86400);
      return true;
    case kDrain:
      listener.drain_seconds = number("--drain", 0, 86400);
      return true;
    case kDetach: listener.detach = true; return true;
    default: return false;
  }
}

bool take_transport_option(int letter, Options& options) {
  switch (letter) {
    case 'S': options.policy.require_tls = true; return true;
    case kTls: options.policy.encrypted = true; return true;
    case 'P': options.policy.proxies.expected = true; return true;
    case kProxyFrom:
      if (!options.policy.proxies.trust(optarg)) bad_value("--proxy-from");
      return true;
    default: return false;
  }
}

bool take_log_option(int letter, Options& options) {
  switch (letter) {
    case 'q': options.verbosity = lib::Verbosity::Quiet; return true;
    case 'v': options.verbosity = lib::Verbosity::Verbose; return true;
    case 'd': options.debug = true; return true;
    case 'W': options.policy.check_host = true; return true;
    case kSocketDebug: options.socket_debug = true; return true;
    case kSyslog: options.syslog = true; return true;
    case kTrace: options.trace_file = optarg; return true;
    default: return false;
  }
}

bool take_login_option(int letter, Options& options) {
  switch (letter) {
    case 'A': options.policy.offer.apop = true; return true;
    case 'T':
      if (!is_hostname(optarg)) bad_value("-T");
      options.policy.htag = optarg;
      options.policy.offer.apop = true;
      return true;
    case 'L':
      options.policy.login_seconds = number("-L", 1, 86400);
      return true;
    case kSession:
      options.policy.session_seconds = number("--session", 1, UINT_MAX);
      return true;
    case 'n': options.policy.tries = number("-n", 1, 1000); return true;
    case 'w': options.policy.delay_seconds = number("-w", 0, 3600); return true;
    case 'r': options.policy.jail.root = optarg; return true;
    case kLoginDelay:
      options.policy.offer.login_delay = number("--login-delay", 1, UINT_MAX);
      return true;
    default: return false;
  }
}

[[noreturn]] void complain(int letter, const char* argument) {
  lib::FixedText<300> text;
  text << (letter == ':' ? "this option needs a value: " : "unknown option: ");
  if (optopt > 0 && optopt < kSyslog &&
      !lib::equal_caseless(std::string_view(argument).substr(0, 2), "--"))
    text << '-' << static_cast<char>(optopt);
  else
    text << std::string_view(argument).substr(0, 200);
  usage(text.view());
}

// Only root can change its ids; others need not look for the account.
void take_ids(const char* ids, Jail& jail) {
  const char* const root = jail.root;
  if (ids != nullptr && !parse_ids(ids, jail))
    lib::die_bad_value(lib::kUsage, kProgram, "-u", ids);
  if (ids == nullptr && geteuid() == 0) jail = default_jail();
  jail.root = root;
}

void take_operands(int argc, char** argv, Options& options) {
  if (argc - optind < 2) usage("a hostname and a checker are needed");
  options.policy.hostname = argv[optind];
  options.policy.checker = argv + optind + 1;
  if (!is_hostname(options.policy.hostname)) usage("the hostname is not one");
  if (*options.policy.htag == '\0')
    options.policy.htag = options.policy.hostname;
}

}  // namespace

Options parse_options(int argc, char** argv) {
  Options options;
  const char* mechanisms = nullptr;
  const char* ids = nullptr;
  opterr = 0;
  for (;;) {
    const int letter = getopt_long(
        argc, argv, "+:AT:M:L:n:w:u:r:SPqdhvVDWl:c:C:b:", kLong.data(),
        nullptr);
    if (letter == -1) break;
    // musl counts a missing value, too.
    if (letter == '?' || letter == ':')
      complain(letter, argv[std::min(optind, argc) - 1]);
    if (letter == 'V') lib::leave_with_version(kProgram);
    if (letter == 'h') lib::leave_with_help(kUsage, kHelp);
    if (letter == 'D')
      options.stand_alone = true;
    else if (letter == 'M')
      mechanisms = optarg;
    else if (letter == 'u')
      ids = optarg;
    else if (!take_login_option(letter, options) &&
             !take_transport_option(letter, options) &&
             !take_log_option(letter, options))
      take_listener_option(letter, options.listener);
  }
  options.policy.offer.cram_md5 = options.policy.offer.apop;
  if (mechanisms != nullptr &&
      !parse_mechanisms(mechanisms, options.policy.offer))
    lib::die_bad_value(lib::kUsage, kProgram, "-M", mechanisms);
  take_ids(ids, options.policy.jail);
  if (options.listener.detach) options.stand_alone = true;
  take_operands(argc, argv, options);
  return options;
}

}  // namespace popup
