// SPDX-License-Identifier: ISC
#include "maildir-pop3d/options.h"

#include <getopt.h>

#include <array>
#include <cstdlib>
#include <string_view>

#include "lib/text/text.h"

namespace pop3d {

const char kUsage[] = "usage: maildir-pop3d -a [options] [Maildir]\n";
const char kHelp[] =
    "Serves a Maildir by POP3 on descriptors 0 and 1 to a client that is\n"
    "authenticated already; see maildir-pop3d(8).  The chain:\n"
    "  tcpserver 0 110 popup HOST checkpw maildir-pop3d -a Maildir\n"
    "\n"
    "  -a             the client is authenticated\n"
    "  -u name        like -a, and the name for the log\n"
    "  -m dir         the Maildir (default: the operand, $MAILDIR, Maildir)\n"
    "  -t seconds     end without a command or progress for so long (600)\n"
    "  --session sec  limit for the whole session (none)\n"
    "  -c             an error or time-out counts as QUIT\n"
    "  -n             leave messages in new/\n"
    "  -r host        the client's address for the log\n"
    "  -R variable    the variable that holds it\n"
    "  --lock         one session at a time on a Maildir\n"
    "  -b dir         deliver the bulletins in this directory first\n"
    "  -x             allow XTND XMIT: submission by sendmail\n"
    "  --uidl how     unique ids: name, dovecot, courier or file:PATH (name)\n"
    "  --login-delay seconds  between two sessions (none)\n"
    "  --seccomp      forbid system calls that no session needs\n"
    "  --check        no session: compare the Maildir with its indexes\n"
    "  -s             log the five classical statistics\n"
    "  -q, -v         log less, more\n"
    "  -d             log each line of the client\n"
    "  --trace file   the same into a file\n"
    "  --syslog       log to syslog instead of descriptor 2\n"
    "  -V, --version; -h, --help\n";

namespace {

enum LongOnly : int {
  kSession = 256,
  kLock,
  kTrace,
  kSyslog,
  kUidl,
  kLoginDelay,
  kCheck,
  kSeccomp
};

constexpr auto kLongOptions = std::to_array<option>({
    {"session", required_argument, nullptr, kSession},
    {"lock", no_argument, nullptr, kLock},
    {"trace", required_argument, nullptr, kTrace},
    {"syslog", no_argument, nullptr, kSyslog},
    {"uidl", required_argument, nullptr, kUidl},
    {"login-delay", required_argument, nullptr, kLoginDelay},
    {"check", no_argument, nullptr, kCheck},
    {"seccomp", no_argument, nullptr, kSeccomp},
    {"help", no_argument, nullptr, 'h'},
    {"version", no_argument, nullptr, 'V'},
    {nullptr, 0, nullptr, 0},
});

constexpr uint64_t kLongestWait = 31'536'000;  // a year

bool complain(Complaint& complaint, std::string_view text,
              std::string_view value) {
  complaint << text << value.substr(0, 300);
  return false;
}

bool parse_seconds(const char* value, std::string_view name, int64_t& into,
                   Complaint& complaint) {
  const auto seconds = lib::parse_number(value, kLongestWait);
  if (seconds && *seconds > 0) {
    into = static_cast<int64_t>(*seconds);
    return true;
  }
  complaint << name << ' ';
  return complain(complaint, "wants seconds from 1 to a year, not: ", value);
}

bool take_host_from(const char* variable, Options& options,
                    Complaint& complaint) {
  options.host = getenv(variable);
  return options.host != nullptr ||
         complain(complaint, "-R names a variable that is not set: ", variable);
}

bool take_text(const char* value, const char*& into, std::string_view name,
               Complaint& complaint) {
  into = value;
  return *value != '\0' || complain(complaint, name, " wants a value");
}

bool take_uidl(const char* value, UidlSource& into, Complaint& complaint) {
  const auto source = parse_uidl_source(value);
  into = source.value_or(UidlSource{});
  return source || complain(complaint,
                            "--uidl wants name, dovecot, courier or "
                            "file:PATH, not: ",
                            value);
}

bool take_flag(int letter, Options& options) {
  switch (letter) {
    case 'a': return options.preauthenticated = true;
    case 'c': return options.commit_on_error = true;
    case 'd': return options.debug = true;
    case 'n': return options.keep_new = true;
    case 'q': return options.quiet = true;
    case 's': return options.statistics = true;
    case 'v': return options.verbose = true;
    case 'x': return options.submit = true;
    case 'V': return options.version = true;
    case kLock: return options.lock = true;
    case kCheck: return options.check = true;
    case kSeccomp: return options.seccomp = true;
    case kSyslog: return options.syslog = true;
    case 'h': return options.help = true;
    default: return false;
  }
}

bool take_option(int letter, Options& options, Complaint& complaint) {
  if (take_flag(letter, options)) return true;
  switch (letter) {
    case 'u':
      options.preauthenticated = true;
      return take_text(optarg, options.user, "-u", complaint);
    case 'b': return take_text(optarg, options.bulletins, "-b", complaint);
    case 'm': return take_text(optarg, options.maildir, "-m", complaint);
    case 'r': return take_text(optarg, options.host, "-r", complaint);
    case 'R': return take_host_from(optarg, options, complaint);
    case 't':
      return parse_seconds(optarg, "-t", options.idle_seconds, complaint);
    case kSession:
      return parse_seconds(optarg, "--session", options.session_seconds,
                           complaint);
    case kLoginDelay:
      return parse_seconds(optarg, "--login-delay", options.login_delay,
                           complaint);
    case kUidl: return take_uidl(optarg, options.uidl, complaint);
    case kTrace: return take_text(optarg, options.trace, "--trace", complaint);
    default: return false;
  }
}

// Names the option that getopt_long stumbled over.
bool complain_of_option(int result, char** argv, Complaint& complaint) {
  complaint << (result == ':' ? "an option wants a value: "
                              : "unknown option: ");
  if (optopt > 0 && optopt < 256) {
    complaint << '-' << static_cast<char>(optopt);
    return false;
  }
  return complain(complaint, "", argv[optind - 1]);
}

bool take_operands(int count, char** operands, Options& options,
                   Complaint& complaint) {
  if (count > 1)
    return complain(complaint, "one Maildir at most, surplus: ", operands[1]);
  if (count == 1 && *operands[0] == '\0')
    return complain(complaint, "the Maildir's name is empty", "");
  if (options.maildir == nullptr && count == 1) options.maildir = operands[0];
  if (options.preauthenticated || options.check) return true;
  return complain(
      complaint, "needs -a, behind a program that checks passwords: ",
      "tcpserver 0 110 popup HOST checkpw maildir-pop3d -a Maildir");
}

}  // namespace

bool parse_options(int argc, char** argv, Options& options,
                   Complaint& complaint) {
  opterr = 0;
  for (;;) {
    const int letter = getopt_long(argc, argv, "+:ab:cdhm:nqr:R:st:u:vVx",
                                   kLongOptions.data(), nullptr);
    if (letter == -1) break;
    if (letter == '?' || letter == ':')
      return complain_of_option(letter, argv, complaint);
    if (!take_option(letter, options, complaint)) return false;
    if (options.help || options.version) return true;
  }
  return take_operands(argc - optind, argv + optind, options, complaint);
}

}  // namespace pop3d
