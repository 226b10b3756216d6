// SPDX-License-Identifier: ISC
// Runs as root: reads the administrator's words alone.
#include "checkpw/options.h"

#include <getopt.h>

#include <array>

#include "lib/io/io.h"
#include "lib/process/exit_code.h"
#include "lib/process/program.h"

namespace checkpw {
namespace {

constexpr uint64_t kHighestUid = 0xfffffffe;
constexpr std::string_view kUsage =
    "usage: checkpw [-edpqsv] [-f file] [-m uid] [--dovecot] [--syslog]\n"
    "               [--system-users file] [--vpopmail dir]\n"
    "               [--qmail-users dir] program [arg ...]\n";
constexpr std::string_view kHelp =
    "Reads login, secret and timestamp from descriptor 3, verifies them,\n"
    "becomes the user and runs program (checkpassword(7)).\n"
    "  -s           the system's accounts (the default)\n"
    "  -f file      the accounts of a passwd-file, or of its compiled form\n"
    "               where the name ends in .cdb; may be repeated\n"
    "  --system-users file\n"
    "               the same, of users of the system: its locks and ages\n"
    "               hold for them\n"
    "  --vpopmail dir, --qmail-users dir\n"
    "               the accounts of vpopmail's domains, or of users/assign;\n"
    "               dir is qmail's, with users/cdb\n"
    "  -p           the secret is in the account's own Maildir/.password\n"
    "  -m uid       refuse uids below this one (default 1)\n"
    "  -e           export UID and GID too\n"
    "  --dovecot    be a checkpassword passdb and userdb of Dovecot 2.3\n"
    "  -q, -v, -d   log errors only; log logins too; both words for debugging\n"
    "  --syslog     log to syslog (mail), not to descriptor 2\n"
    "  -V, --version, -h, --help\n";

enum LongOption {
  kSyslogOption = 256,
  kDovecotOption,
  kSystemUsersOption,
  kVpopmailOption,
  kQmailUsersOption,
};
constexpr std::array<option, 8> kLongOptions{{
    {"version", no_argument, nullptr, 'V'},
    {"help", no_argument, nullptr, 'h'},
    {"syslog", no_argument, nullptr, kSyslogOption},
    {"dovecot", no_argument, nullptr, kDovecotOption},
    {"system-users", required_argument, nullptr, kSystemUsersOption},
    {"vpopmail", required_argument, nullptr, kVpopmailOption},
    {"qmail-users", required_argument, nullptr, kQmailUsersOption},
    {nullptr, 0, nullptr, 0},
}};

[[noreturn]] void refuse_usage() {
  (void)lib::write_all(2, kUsage);
  lib::die(lib::kTemporary, "checkpw", "bad command line");
}

void apply(int letter, Options& options) {
  switch (letter) {
    case 'V': lib::leave_with_version("checkpw");
    case 'h': lib::leave_with_help(kUsage, kHelp);
    case kSyslogOption: options.syslog = true; break;
    case 'd':
    case 'v': options.verbosity = lib::Verbosity::Verbose; break;
    case 'q': options.verbosity = lib::Verbosity::Quiet; break;
    case kDovecotOption: options.dovecot = true; break;
    case kSystemUsersOption:
      options.stores.push_back({Store::Kind::SystemUsers, optarg});
      break;
    case kVpopmailOption:
      options.stores.push_back({Store::Kind::Vpopmail, optarg});
      break;
    case kQmailUsersOption:
      options.stores.push_back({Store::Kind::QmailUsers, optarg});
      break;
    case 'p': options.dot_password = true; break;
    case 'e': options.export_ids = true; break;
    case 's': options.stores.push_back({Store::Kind::System}); break;
    case 'f':
      options.stores.push_back({Store::Kind::PasswdFile, optarg});
      break;
    case 'm':
      options.least_uid = static_cast<uid_t>(lib::number_option(
          lib::kTemporary, "checkpw", "-m", optarg, 0, kHighestUid));
      break;
    default: refuse_usage();
  }
}

}  // namespace

Options parse_options(int argc, char** argv) {
  Options options;
  int letter = 0;
  while ((letter = getopt_long(argc, argv, "+f:sm:pedhvqV", kLongOptions.data(),
                               nullptr)) != -1)
    apply(letter, options);
  if (optind >= argc) refuse_usage();
  if (options.stores.empty()) options.stores.push_back({});
  options.program = argv + optind;
  return options;
}

}  // namespace checkpw
