// SPDX-License-Identifier: ISC
// Runs as root: reads the administrator's words alone.
#include "checkpw/pam/options.h"

#include <getopt.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "lib/io/io.h"
#include "lib/process/exit_code.h"
#include "lib/process/program.h"

namespace checkpw {
namespace {

constexpr uint64_t kHighestUid = 0xfffffffe;
constexpr std::string_view kUsage =
    "usage: checkpw-pam [-edqv] [-m uid] [--rhost name] [--service name] "
    "[--syslog] program [arg ...]\n";
constexpr std::string_view kHelp =
    "Reads login, secret and timestamp from descriptor 3, asks PAM, becomes\n"
    "the user that PAM names and runs program (checkpassword(7)).\n"
    "  --service name  the PAM service (default pop3)\n"
    "  --rhost name    PAM_RHOST, in place of the client's address\n"
    "  -m uid          refuse uids below this one (default 1)\n"
    "  -e              export UID and GID too\n"
    "  -q, -v, -d      log errors only; log logins too; both for debugging\n"
    "  --syslog        log to syslog (mail), not to descriptor 2\n"
    "  -V, --version, -h, --help\n";

enum LongOption { kSyslogOption = 256, kServiceOption, kRhostOption };
constexpr std::array<option, 6> kLongOptions{{
    {"version", no_argument, nullptr, 'V'},
    {"help", no_argument, nullptr, 'h'},
    {"syslog", no_argument, nullptr, kSyslogOption},
    {"rhost", required_argument, nullptr, kRhostOption},
    {"service", required_argument, nullptr, kServiceOption},
    {nullptr, 0, nullptr, 0},
}};

[[noreturn]] void refuse_usage() {
  (void)lib::write_all(2, kUsage);
  lib::die(lib::kTemporary, "checkpw-pam", "bad command line");
}

// It becomes the name of a file in /etc/pam.d.
const char* service_option(const char* name) {
  const std::string_view text = name;
  if (text.empty() || text.size() > 64 || text[0] == '.' ||
      text.find('/') != std::string_view::npos)
    lib::die_bad_value(lib::kTemporary, "checkpw-pam", "--service", name);
  return name;
}

// Modules write it into logs and terminals' records.
const char* rhost_option(const char* name) {
  const std::string_view text = name;
  const auto is_odd = [](char c) { return c <= ' ' || c > '~'; };
  if (text.empty() || text.size() > 255 || std::ranges::any_of(text, is_odd))
    lib::die_bad_value(lib::kTemporary, "checkpw-pam", "--rhost", name);
  return name;
}

void apply(int letter, PamOptions& options) {
  switch (letter) {
    case 'V': lib::leave_with_version("checkpw-pam");
    case 'h': lib::leave_with_help(kUsage, kHelp);
    case kSyslogOption: options.syslog = true; break;
    case kServiceOption: options.service = service_option(optarg); break;
    case kRhostOption: options.rhost = rhost_option(optarg); break;
    case 'd':
    case 'v': options.verbosity = lib::Verbosity::Verbose; break;
    case 'q': options.verbosity = lib::Verbosity::Quiet; break;
    case 'e': options.export_ids = true; break;
    case 'm':
      options.least_uid = static_cast<uid_t>(lib::number_option(
          lib::kTemporary, "checkpw-pam", "-m", optarg, 0, kHighestUid));
      break;
    default: refuse_usage();
  }
}

}  // namespace

PamOptions parse_pam_options(int argc, char** argv) {
  PamOptions options;
  int letter = 0;
  while ((letter = getopt_long(argc, argv, "+m:edhvqV", kLongOptions.data(),
                               nullptr)) != -1)
    apply(letter, options);
  if (optind >= argc) refuse_usage();
  options.program = argv + optind;
  return options;
}

}  // namespace checkpw
