// SPDX-License-Identifier: ISC
#pragma once

#include "lib/io/log.h"
#include "maildir-pop3d/extensions/submission.h"
#include "maildir-pop3d/mailbox/mailbox.h"
#include "maildir-pop3d/protocol/connection.h"
#include "maildir-pop3d/protocol/message_reader.h"
#include "maildir-pop3d/wire/dot_decoder.h"
#include "maildir-pop3d/wire/xtnd_list.h"

// The extended commands of popper (xtnd_list.h).  Each function replies to a
// command that is parsed already.  Returns Line, or the reason if the session
// has to end.
namespace pop3d {

// XTND XLIST.  Leaves out messages that cannot be opened, and logs why unless
// they are gone.
ReadStatus list_field(const Extension& wanted, Connection& client,
                      Mailbox& mailbox, MessageReader& messages);

// XTND XMIT.  submitter is null if it is not allowed; tmp is the Maildir's open
// tmp/.  Submits nothing if the client leaves before its message has ended.
ReadStatus submit_message(LineEnd line_end, Submitter* submitter, int tmp,
                          Connection& client, const lib::Log& log);

}  // namespace pop3d
