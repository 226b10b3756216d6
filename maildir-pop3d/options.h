// SPDX-License-Identifier: ISC
#pragma once

#include <cstdint>

#include "lib/text/fixed_text.h"
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
  bool help = false;                // --help: nothing else counts
  bool version = false;             // -V: nothing else counts
  const char* user = nullptr;       // -u
  const char* maildir = nullptr;    // -m, else the operand
  const char* host = nullptr;       // -r, or the value of -R's variable
  const char* trace = nullptr;      // --trace
  const char* bulletins = nullptr;  // -b
  int64_t idle_seconds = 600;       // -t
  int64_t session_seconds = 0;      // --session; 0 is none
  UidlSource uidl;                  // --uidl
  bool check = false;               // --check: no session
  int64_t login_delay = 0;          // --login-delay, seconds; 0 is none
};

// What is wrong with a command line, for a person.
using Complaint = lib::FixedText<512>;

// False with a complaint where the command line is not one.
bool parse_options(int argc, char** argv, Options& options,
                   Complaint& complaint);

// The texts of --help.
extern const char kUsage[];
extern const char kHelp[];

}  // namespace pop3d
