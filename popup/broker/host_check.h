// SPDX-License-Identifier: ISC
#pragma once

#include "lib/io/log.h"
#include "lib/text/address.h"
#include "popup/dialogue/confinement.h"

// popper's two checks of the client (-W): does its address have a name, and
// does that name have the address?  They only write warnings to the log.
namespace popup {

// May run as root: starts a process that asks the name service for at most five
// seconds, and logs a line unless the name matches:
//   event=host cause=noname|mismatch|failed|timeout ip=... [name=...]
// known_name, the name that the super-server looked up, replaces the first
// question; it may be null or empty.
//
// The process has the jail's ids, but not its root directory, which would hide
// the name service's files.  Of its parent's descriptors it keeps only 2; the
// process that reads the name servers' answers does not keep even that.  Nobody
// has to wait for it.
void start_host_check(const lib::Log& log, const Jail& jail,
                      const lib::Address& client, const char* known_name);

}  // namespace popup
