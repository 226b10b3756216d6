// SPDX-License-Identifier: ISC
#pragma once

#include <cstdint>

#include "lib/process/option_table.h"
#include "maildir-pop3d/mailbox/uidl_list.h"

namespace pop3d {

// The command line of maildir-pop3d(8).
struct Options {
  bool preauthenticated = false;    // -a, -u
  bool commit_on_error = false;     // -c
  bool keep_new = false;            // -n
  bool quiet = false;               // -q
  bool verbose = false;             // -v
  bool debug = false;               // -d
  bool statistics = false;          // -s
  bool submit = false;              // -x
  bool lock = false;                // --lock
  bool syslog = false;              // --syslog
  bool seccomp = false;             // --seccomp
  bool log_ids = false;             // --log-ids
  bool create = false;              // --create
  bool title = false;               // --title
  const char* user = nullptr;       // -u
  const char* maildir = nullptr;    // -m, else the operand
  const char* host = nullptr;       // -r, or the value of -R's variable
  const char* trace = nullptr;      // --trace
  const char* bulletins = nullptr;  // -b
  int64_t idle_seconds = 600;       // -t
  int64_t session_seconds = 0;      // --session; 0 means no limit
  UidlSource uidl;                  // --uidl
  bool check = false;               // --check: do not serve a client
  int64_t login_delay = 0;          // --login-delay, seconds; 0 means no delay
};

// Parses the command line.  False, with the reason in fault, if it is wrong.
// Prints and ends the program for --help and --version.
bool parse_options(int argc, char** argv, Options& options,
                   lib::UsageFault& fault);

}  // namespace pop3d
