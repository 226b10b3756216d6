// SPDX-License-Identifier: ISC
#pragma once

#include "lib/io/log.h"
#include "lib/text/address.h"
#include "lib/text/fixed_text.h"
#include "popup/dialogue/confinement.h"

// popper's two checks of the client (-W): does its address have a name, and
// does the name lead back to the address?  They only warn, in the log.
namespace popup {

enum class HostVerdict : unsigned char {
  Matches,
  NoName,    // the address has no canonical name
  Mismatch,  // the name does not exist, or has other addresses only
  Failed,    // the name service did not answer
};

struct HostCheck {
  HostVerdict verdict = HostVerdict::Failed;
  lib::FixedText<255> name;  // empty where none is known
};

// Asks the name service and waits for it: for a process that may wait, and
// without privileges, because it reads what strangers' name servers say.  A
// known_name (what the super-server looked up) replaces the first question.
// A name that is a number is none: it would lead back by itself.
HostCheck check_host(const lib::Address& client, const char* known_name);

// May run as root: starts a process with the jail's ids (its root directory
// would hide the name service's files) that does the above for at most
// seconds and logs a line unless all is well:
//   event=host cause=noname|mismatch|failed|timeout ip=... [name=...]
// It has no descriptor of its parent's but 2, and what reads the name servers'
// answers not even that; nobody has to wait for it.
void start_host_check(const lib::Log& log, const Jail& jail,
                      const lib::Address& client, const char* known_name,
                      int seconds = 5);

}  // namespace popup
