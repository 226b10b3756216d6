// SPDX-License-Identifier: ISC
#include "maildir-pop3d/options.h"

#include <array>
#include <cstdlib>
#include <string_view>

namespace pop3d {
namespace {

constexpr uint64_t kLongestWait = 31'536'000;  // a year

constexpr lib::HelpText kHelp{
    .program = "maildir-pop3d",
    .operands = "[Maildir]",
    .before =
        "Serves a Maildir by POP3 on descriptors 0 and 1 to a client that has\n"
        "logged in already; see maildir-pop3d(8).  The chain:\n"
        "  tcpserver 0 110 popup HOST checkpw maildir-pop3d -a Maildir\n\n",
    .after = ""};

constexpr auto kOptions = std::to_array<lib::Option<Options>>({
    {{'a', nullptr, nullptr, "the client is authenticated"},
     lib::set_flag<&Options::preauthenticated>},
    {{'u', nullptr, "name", "like -a, and the name for the log"},
     [](Options& options, const char* value) {
       options.preauthenticated = true;
       return lib::set_text<&Options::user>(options, value);
     }},
    {{'m', nullptr, "dir", "the Maildir (the operand, $MAILDIR, Maildir)"},
     lib::set_text<&Options::maildir>},
    {{0, "create", nullptr, "make the Maildir if it is missing"},
     lib::set_flag<&Options::create>},
    {{'t', nullptr, "seconds",
      "end after so long without a command or progress\n(600; a year at most)"},
     lib::set_number<&Options::idle_seconds, 1, kLongestWait>},
    {{0, "session", "seconds", "limit for the whole session (none)"},
     lib::set_number<&Options::session_seconds, 1, kLongestWait>},
    {{'c', nullptr, nullptr, "an error or time-out counts as QUIT"},
     lib::set_flag<&Options::commit_on_error>},
    {{'n', nullptr, nullptr, "leave messages in new/"},
     lib::set_flag<&Options::keep_new>},
    {{'r', nullptr, "host", "the client's address for the log"},
     lib::set_text<&Options::host>},
    {{'R', nullptr, "variable", "the variable that holds it"},
     [](Options& options, const char* value) {
       options.host = getenv(value);
       return options.host != nullptr;
     }},
    {{0, "lock", nullptr, "one session at a time on a Maildir"},
     lib::set_flag<&Options::lock>},
    {{'b', nullptr, "dir", "deliver the bulletins in this directory first"},
     lib::set_text<&Options::bulletins>},
    {{'x', nullptr, nullptr, "allow XTND XMIT: submission by sendmail"},
     lib::set_flag<&Options::submit>},
    {{0, "uidl", "how",
      "unique ids: name, base, dovecot, dovecot:FORMAT,\n"
      "courier or file:PATH (name)"},
     [](Options& options, const char* value) {
       const auto source = parse_uidl_source(value);
       if (source) options.uidl = *source;
       return source.has_value();
     }},
    {{0, "login-delay", "seconds", "between two sessions (none)"},
     lib::set_number<&Options::login_delay, 1, kLongestWait>},
    {{0, "seccomp", nullptr, "forbid system calls that no session needs"},
     lib::set_flag<&Options::seccomp>},
    {{0, "title", nullptr, "let ps show user and address"},
     lib::set_flag<&Options::title>},
    {{0, "check", nullptr, "no session: compare the Maildir with its indexes"},
     lib::set_flag<&Options::check>},
    {{'s', nullptr, nullptr, "log the five classical statistics"},
     lib::set_flag<&Options::statistics>},
    {{0, "log-ids", nullptr, "log each message that QUIT removes"},
     lib::set_flag<&Options::log_ids>},
    {{'q', nullptr, nullptr, "log less"}, lib::set_flag<&Options::quiet>},
    {{'v', nullptr, nullptr, "log more"}, lib::set_flag<&Options::verbose>},
    {{'d', nullptr, nullptr, "log each line of the client"},
     lib::set_flag<&Options::debug>},
    {{0, "trace", "file", "the same into a file"},
     lib::set_text<&Options::trace>},
    {{0, "syslog", nullptr, "log to syslog, not to descriptor 2"},
     lib::set_flag<&Options::syslog>},
});

bool take_operands(int count, char** operands, Options& options,
                   lib::UsageFault& fault) {
  if (count > 1)
    fault << "one Maildir at most, surplus: "
          << std::string_view(operands[1]).substr(0, 300);
  else if (count == 1 && *operands[0] == '\0')
    fault << "the Maildir's name is empty";
  else if (!options.preauthenticated && !options.check)
    fault << "needs -a, after a program that checks passwords: tcpserver 0 "
             "110 popup HOST checkpw maildir-pop3d -a Maildir";
  if (options.maildir == nullptr && count == 1) options.maildir = operands[0];
  return fault.empty();
}

}  // namespace

bool parse_options(int argc, char** argv, Options& options,
                   lib::UsageFault& fault) {
  return lib::parse_options(kOptions, kHelp, argc, argv, options, fault) &&
         take_operands(argc - optind, argv + optind, options, fault);
}

}  // namespace pop3d
