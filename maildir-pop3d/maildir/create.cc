// SPDX-License-Identifier: ISC
#include "maildir-pop3d/maildir/create.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <ctime>

#include "lib/io/unique_fd.h"
#include "lib/text/fixed_text.h"
#include "maildir-pop3d/maildir/clock.h"
#include "maildir-pop3d/maildir/maildir.h"

namespace pop3d {
namespace {

constexpr auto kNames = std::to_array<const char*>({"new", "cur", "tmp"});
constexpr mode_t kMode = 0700;

bool make_folders(int maildir) {
  for (const char* const name : kNames)
    if (mkdirat(maildir, name, kMode) != 0) return false;
  return true;
}

// A name that no other session uses, even on another host of a shared file
// system.
lib::FixedText<PATH_MAX> name_beside(std::string_view path) {
  lib::FixedText<PATH_MAX> name;
  name << path.substr(0, path.rfind('/') + 1) << ".maildir-pop3d.";
  name.number(static_cast<uint64_t>(getpid())) << '.';
  name.number(static_cast<uint64_t>(clock_reading(CLOCK_REALTIME)));
  return name;
}

}  // namespace

lib::Result<bool> create_maildir(std::string_view path) {
  constexpr const char* kDoing = "create the Maildir";
  while (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  lib::FixedText<PATH_MAX> final_name;
  final_name << path;
  lib::FixedText<PATH_MAX> name = name_beside(path);
  if (final_name.overflowed() || name.overflowed())
    return lib::Error{kDoing, ENAMETOOLONG};
  if (mkdir(name.c_str(), kMode) != 0) return lib::Error::from_errno(kDoing);
  const lib::UniqueFd made(
      open(name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (made.valid() && make_folders(made.get()) &&
      rename_no_replace(AT_FDCWD, name.c_str(), AT_FDCWD, final_name.c_str()))
    return true;
  const lib::Error error = lib::Error::from_errno(kDoing);
  for (const char* const folder : kNames)
    (void)unlinkat(made.get(), folder, AT_REMOVEDIR);
  (void)rmdir(name.c_str());
  if (error.code == EEXIST) return false;
  return error;
}

}  // namespace pop3d
