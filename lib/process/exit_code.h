// SPDX-License-Identifier: ISC
// May run as root.
#pragma once

// The exit codes of the chain (doc/design.md, "Exit codes"; checkpassword(7)).
namespace lib {

enum ExitCode : int {
  kDone = 0,
  kRejected = 1,  // credentials refused: popup says -ERR [AUTH]
  kMisused = 2,   // bad data on descriptor 3
  kUsage = 100,   // bad command line, in popup and in the tools
  // Anything else, and a bad command line of checkpw or maildir-pop3d.
  kTemporary = 111,
};

}  // namespace lib
