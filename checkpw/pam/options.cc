// SPDX-License-Identifier: ISC
// Runs as root: reads the command line, which the administrator wrote.
#include "checkpw/pam/options.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "lib/process/exit_code.h"
#include "lib/process/option_table.h"

namespace checkpw {
namespace {

constexpr lib::HelpText kHelp{
    .program = "checkpw-pam",
    .operands = "program [argument ...]",
    .before =
        "Reads login, secret and timestamp from descriptor 3, asks PAM, "
        "becomes\nthe user that PAM names and runs program "
        "(checkpassword(7)).\n",
    .after = ""};

constexpr auto kOptions = std::to_array<lib::Option<PamOptions>>({
    {{0, "service", "name", "the PAM service (pop3)"},
     // It becomes the name of a file in /etc/pam.d.
     [](PamOptions& options, const char* value) {
       const std::string_view name = options.service = value;
       return !name.empty() && name.size() <= 64 && name[0] != '.' &&
              name.find('/') == std::string_view::npos;
     }},
    {{0, "rhost", "name", "PAM_RHOST, in place of the client's address"},
     // Modules write it into logs and the records of terminals.
     [](PamOptions& options, const char* value) {
       const std::string_view name = options.rhost = value;
       return !name.empty() && name.size() <= 255 &&
              std::ranges::all_of(name,
                                  [](char c) { return c > ' ' && c <= '~'; });
     }},
    {{0, "separator", "chars",
      "each of these characters stands for the @ of a login\n"
      "without one"},
     [](PamOptions& options, const char* value) {
       return are_separators(options.names.separators = value);
     }},
    {{0, "fold-case", nullptr, "make the login lower case (ASCII)"},
     [](PamOptions& options, const char*) {
       return options.names.fold_case = true;
     }},
    {{0, "strip-domain", "name,...", "remove these domains from the login"},
     [](PamOptions& options, const char* value) {
       return are_domains(options.names.stripped_domains = value);
     }},
    {{0, "domain", "name", "add this domain to a login without one"},
     [](PamOptions& options, const char* value) {
       return is_domain(options.names.domain = value);
     }},
    {{'m', nullptr, "uid", "refuse uids below this one (1)"},
     lib::set_number<&PamOptions::least_uid, 0, kHighestId>},
    {{'e', nullptr, nullptr, "export UID and GID, too"},
     lib::set_flag<&PamOptions::export_ids>},
    {{'q', nullptr, nullptr, "log errors only"},
     lib::set_value<&PamOptions::verbosity, lib::Verbosity::Quiet>},
    {{'v', nullptr, nullptr, "log logins, too"},
     lib::set_value<&PamOptions::verbosity, lib::Verbosity::Verbose>},
    {{'d', nullptr, nullptr, "the same"},
     lib::set_value<&PamOptions::verbosity, lib::Verbosity::Verbose>},
    {{0, "syslog", nullptr, "log to syslog (mail), not to descriptor 2"},
     lib::set_flag<&PamOptions::syslog>},
});

}  // namespace

PamOptions parse_pam_options(int argc, char** argv) {
  PamOptions options;
  lib::UsageFault fault;
  if (!lib::parse_options(kOptions, kHelp, argc, argv, options, fault))
    lib::die_of_usage(lib::kTemporary, kHelp.program, fault.view());
  if (optind >= argc)
    lib::die_of_usage(lib::kTemporary, kHelp.program, "a program is needed");
  options.program = argv + optind;
  return options;
}

}  // namespace checkpw
