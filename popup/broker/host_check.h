// SPDX-License-Identifier: ISC
#pragma once

#include "lib/io/log.h"
#include "lib/text/address.h"
#include "lib/text/fixed_text.h"
#include "popup/dialogue/confinement.h"

// popper's two checks of the client (-W): does its address have a name, and
// does that name have the address?  They only write warnings to the log.
namespace popup {

enum class HostVerdict : unsigned char {
  Matches,
  NoName,    // the address has no canonical name
  Mismatch,  // the name does not exist, or has other addresses only
  Failed,    // the name service did not answer
};

struct HostCheck {
  HostVerdict verdict = HostVerdict::Failed;
  lib::FixedText<255> name;  // empty if it is not known
};

// Asks the name service and waits for its answer.  Meant for a process without
// privileges, because it reads what strangers' name servers send.  known_name,
// the name that the super-server looked up, replaces the first question; it may
// be null or empty.  A numeric "name" is rejected, because it trivially
// resolves to itself.
HostCheck check_host(const lib::Address& client, const char* known_name);

// May run as root: starts a process that calls check_host for at most seconds
// and logs a line unless the name matches:
//   event=host cause=noname|mismatch|failed|timeout ip=... [name=...]
// It has the jail's ids, but not its root directory, which would hide the name
// service's files.  Of its parent's descriptors it keeps only 2; the process
// that reads the name servers' answers does not keep even that.  Nobody has to
// wait for it.
void start_host_check(const lib::Log& log, const Jail& jail,
                      const lib::Address& client, const char* known_name,
                      int seconds = 5);

}  // namespace popup
