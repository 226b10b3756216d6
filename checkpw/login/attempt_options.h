// SPDX-License-Identifier: ISC
// Runs as root: reads the command line, which the administrator wrote.
#pragma once

#include "checkpw/login/name.h"
#include "checkpw/stores/account.h"
#include "lib/io/log.h"
#include "lib/process/option_table.h"

namespace checkpw {

// The options that checkpw and checkpw-pam both have.
struct AttemptOptions {
  uid_t least_uid = 1;
  bool export_ids = false;
  NameRules names;
  bool syslog = false;
  lib::Verbosity verbosity = lib::Verbosity::Normal;
  char** program = nullptr;  // argv of the next program, never empty
};

// Their rows in the tables of options.
template <typename Options>
constexpr auto kNameOptions = std::to_array<lib::Option<Options>>({
    {{0, "separator", "chars",
      "each of these characters stands for the @ of a login\n"
      "without one"},
     [](Options& options, const char* value) {
       return are_separators(options.names.separators = value);
     }},
    {{0, "fold-case", nullptr, "make the login lower case (ASCII)"},
     [](Options& options, const char*) {
       return options.names.fold_case = true;
     }},
    {{0, "strip-domain", "name,...", "remove these domains from the login"},
     [](Options& options, const char* value) {
       return are_domains(options.names.stripped_domains = value);
     }},
    {{0, "domain", "name", "add this domain to a login without one"},
     [](Options& options, const char* value) {
       return is_domain(options.names.domain = value);
     }},
    {{'m', nullptr, "uid", "refuse uids below this one (1)"},
     lib::set_number<&Options::least_uid, 0, kHighestId>},
    {{'e', nullptr, nullptr, "export UID and GID, too"},
     lib::set_flag<&Options::export_ids>},
});
template <typename Options>
constexpr auto kLogOptions = std::to_array<lib::Option<Options>>({
    {{'q', nullptr, nullptr, "log errors only"},
     lib::set_value<&Options::verbosity, lib::Verbosity::Quiet>},
    {{'v', nullptr, nullptr, "log logins, too"},
     lib::set_value<&Options::verbosity, lib::Verbosity::Verbose>},
    {{'d', nullptr, nullptr, "the same"},
     lib::set_value<&Options::verbosity, lib::Verbosity::Verbose>},
    {{0, "syslog", nullptr, "log to syslog (mail), not to descriptor 2"},
     lib::set_flag<&Options::syslog>},
});

}  // namespace checkpw
