// SPDX-License-Identifier: ISC
// Runs as root: reads the command line, which the administrator wrote.
#include "checkpw/options.h"

#include <array>

#include "lib/process/exit_code.h"
#include "lib/process/option_table.h"

namespace checkpw {
namespace {

constexpr lib::HelpText kHelp{
    .program = "checkpw",
    .operands = "program [argument ...]",
    .before =
        "Reads login, secret and timestamp from descriptor 3, verifies "
        "them,\nbecomes the user and runs program (checkpassword(7)).\n",
    .after = ""};

constexpr uint64_t kMostCached = 16777216;   // 512 MiB
constexpr uint64_t kLongestCached = 604800;  // a week

template <Store::Kind Kind>
bool add_store(Options& options, const char* value) {
  options.stores.push_back({Kind, value == nullptr ? "" : value});
  return true;
}

template <auto Member, uint64_t Min, uint64_t Max>
bool tune(Options& options, const char* value) {
  options.cache_tuned = true;
  return lib::set_number<Member, Min, Max>(options, value);
}

constexpr auto kStoreOptions = std::to_array<lib::Option<Options>>({
    {{'s', nullptr, nullptr, "the system's accounts (the default)"},
     add_store<Store::Kind::System>},
    {{'f', nullptr, "file",
      "the accounts of a passwd-file, or of its compiled\n"
      "form if the name ends in .cdb; repeatable"},
     add_store<Store::Kind::PasswdFile>},
    {{0, "system-users", "file",
      "the same, but the system's account of that name also\n"
      "decides, by its lock and age"},
     add_store<Store::Kind::SystemUsers>},
    {{0, "vpopmail", "dir",
      "the accounts of vpopmail's domains; dir is qmail's,\nwith users/cdb"},
     add_store<Store::Kind::Vpopmail>},
    {{0, "qmail-users", "dir", "the accounts of users/assign in qmail's dir"},
     add_store<Store::Kind::QmailUsers>},
    {{'p', nullptr, nullptr,
      "the secret is in the account's own Maildir/.password"},
     lib::set_flag<&Options::dot_password>},
});
constexpr auto kOwnOptions = std::to_array<lib::Option<Options>>({
    {{0, "dovecot", nullptr,
      "be a checkpassword passdb and userdb of Dovecot 2.3"},
     lib::set_flag<&Options::dovecot>},
    {{0, "test", "login",
      "ask for the password, and tell what a login meets;\n"
      "runs no program"},
     [](Options& options, const char* value) {
       const std::string_view login = options.test = value;
       return !login.empty() && login.size() <= lib::kCredentialsSize - 4;
     }},
    {{0, "cache", "file",
      "remember passwords that were verified, to save\ntheir hashes"},
     lib::set_text<&Options::cache_file>},
    {{0, "cache-size", "n", "entries of a new cache (65536)"},
     tune<&Options::cache_size, 4, kMostCached>},
    {{0, "cache-seconds", "n", "remember a password for so long (3600)"},
     tune<&Options::cache_seconds, 1, kLongestCached>},
});
constexpr auto kOptions = lib::join(kStoreOptions, kNameOptions<Options>,
                                    kOwnOptions, kLogOptions<Options>);

}  // namespace

Options parse_options(int argc, char** argv) {
  Options options;
  lib::UsageFault fault;
  if (!lib::parse_options(kOptions, kHelp, argc, argv, options, fault))
    lib::die_of_usage(lib::kTemporary, kHelp.program, fault.view());
  if (optind >= argc && options.test == nullptr)
    lib::die_of_usage(lib::kTemporary, kHelp.program, "a program is needed");
  if (options.cache_file == nullptr && options.cache_tuned)
    lib::die_of_usage(lib::kTemporary, kHelp.program,
                      "--cache-size or --cache-seconds needs --cache");
  if (options.stores.empty()) options.stores.push_back({});
  options.program = argv + optind;
  return options;
}

}  // namespace checkpw
