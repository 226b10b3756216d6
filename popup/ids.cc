// SPDX-License-Identifier: ISC
// Runs as root: reads only what the administrator wrote.
#include "popup/ids.h"

#include <fcntl.h>

#include <array>
#include <climits>
#include <optional>

#include "lib/io/line_reader.h"
#include "lib/io/unique_fd.h"
#include "lib/text/text.h"

namespace popup {
namespace {

using Id = std::optional<unsigned>;

Id parse_id(std::string_view text) {
  const auto id = lib::parse_number(text, UINT_MAX - 1);
  return id ? Id(static_cast<unsigned>(*id)) : Id();
}

// An account's ids, or a group's gid twice.
struct Entry {
  Id id;
  Id gid;
};

// Takes an id from line, with the colon that has to follow: without that, the
// buffer may have ended within the id.
Id take_id(std::string_view& line) {
  const bool is_whole = line.find(':') != std::string_view::npos;
  const Id id = parse_id(lib::next_field(line, ':'));
  return is_whole ? id : Id();
}

// The entry of name in /etc/passwd or /etc/group, which is read directly: a
// statically linked program cannot load modules for other name services, and a
// popup without -D would keep stdio's heap for as long as a session lasts.
// Damaged entries are skipped, as musl's getpwnam(3) does.
Entry find_entry(const char* path, std::string_view name, bool is_group) {
  using Got = lib::LineReader::Got;
  const lib::UniqueFd file(open(path, O_RDONLY | O_CLOEXEC));
  // With 5 KiB each waiting popup would have half a page of stack more.
  std::array<char, 2048> buffer;
  lib::LineReader lines(file.get(), buffer);
  std::string_view line;
  for (Got got = lines.next(line); got == Got::Line || got == Got::TooLong;
       got = lines.next(line)) {
    if (lib::next_field(line, ':') != name) continue;
    lib::next_field(line, ':');
    const Id id = take_id(line);
    const Id gid = is_group ? id : take_id(line);
    if (id && gid) return {id, gid};
  }
  return {};
}

}  // namespace

bool parse_ids(std::string_view text, Jail& jail) {
  const std::string_view user = lib::next_field(text, ':');
  const Id uid = parse_id(user);
  Entry entry = uid ? Entry{uid, uid} : find_entry("/etc/passwd", user, false);
  if (!text.empty()) {
    entry.gid = parse_id(text);
    if (!entry.gid) entry.gid = find_entry("/etc/group", text, true).gid;
  }
  if (!entry.id || !entry.gid) return false;
  jail.uid = *entry.id;
  jail.gid = *entry.gid;
  return jail.uid != 0 && jail.gid != 0;
}

}  // namespace popup
