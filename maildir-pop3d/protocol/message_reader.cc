// SPDX-License-Identifier: ISC
#include "maildir-pop3d/protocol/message_reader.h"

#include <cerrno>
#include <utility>

#include "maildir-pop3d/maildir/attempts.h"
#include "maildir-pop3d/protocol/session_log.h"

namespace pop3d {

std::optional<size_t> MessageReader::find(std::string_view number) {
  const auto found = mailbox_.find(number);
  if (!found) client_ << "-ERR no such message\r\n";
  return found;
}

bool MessageReader::open(size_t n, OpenMessage& message) {
  const lib::Status opened = open_quietly(n, message);
  if (opened.ok()) return true;
  if (mailbox_.catalog().damaged()) return false;
  if (opened.error().code == ENOENT)
    client_ << "-ERR the message is gone\r\n";
  else
    refuse(n, opened.error());
  return false;
}

lib::Status MessageReader::open_quietly(size_t n, OpenMessage& message) {
  Catalog& catalog = mailbox_.catalog();
  Attempts attempts;
  bool looked = false;
  do {
    const Message wanted = catalog.message(n);
    if (catalog.damaged()) return catalog.damage();
    if (looked && renames_.where(n) == Whereabouts::Gone)
      return lib::Error{"find a message", ENOENT};
    auto opened = maildir_.open_file(wanted.folder, wanted.name.data());
    // If another file has taken the message's name, it counts only if the
    // message's own file was looked for and not found.
    if (opened.ok() && (looked || is_file_of(wanted, opened.value().inode,
                                             opened.value().fingerprint))) {
      message = std::move(opened.value());
      return {};
    }
    // The file may have another name now if nothing has its old one.  Before
    // the first search also if something else than a file has it (code 0).
    const int code = opened.ok() ? ENOENT : opened.error().code;
    if (code != ENOENT && (looked || code != 0)) return opened.error();
    lib::Status followed = renames_.follow(maildir_, catalog, attempts);
    if (!followed.ok()) return followed;
    looked = true;
  } while (attempts.again());
  return kEverChanging;
}

void MessageReader::refuse(size_t n, const lib::Error& error) {
  client_ << "-ERR [SYS/TEMP] unable to read the message\r\n";
  // A file's new mode or owner does not show in its directory: the index would
  // still count as current.  It has to be checked, so that the next session
  // leaves this message out.
  if (error.code == EACCES || error.code == EPERM) indexes_.distrust();
  auto path = path_of(mailbox_.catalog().message(n));
  if (!mailbox_.catalog().damaged())
    log_unreadable(log_, 0, error.about(path.c_str()));
}

void MessageReader::warn(size_t n, const lib::Error& error) const {
  auto path = path_of(mailbox_.catalog().message(n));
  log_.warning(error.about(path.c_str()));
}

}  // namespace pop3d
