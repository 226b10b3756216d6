// SPDX-License-Identifier: ISC
// May run as root: --dovecot runs the program as the user that checkpw has.
#include "checkpw/login/next_program.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string_view>

#include "lib/text/text.h"

namespace checkpw {
namespace {

// The first regular file in path that has this name; empty if no file has it.
std::string find_in(std::string_view path, const char* name) {
  while (!path.empty()) {
    std::string file(lib::next_field(path, ':'));
    if (!file.empty()) file += '/';
    file += name;
    struct stat status {};
    if (stat(file.c_str(), &status) == 0 && S_ISREG(status.st_mode))
      return file;
  }
  return {};
}

}  // namespace

RunFailure run_program(char* const* argv) {
  const std::string name = argv[0];
  execvp(argv[0], argv);
  const lib::Error error = lib::Error::from_errno("run the program");
  if (name.find('/') != std::string::npos) return {error, name, {}};
  const char* path = getenv("PATH");
  if (path == nullptr) path = "/usr/local/bin:/bin:/usr/bin";  // musl's own
  const std::string file = find_in(path, argv[0]);
  if (!file.empty()) return {error, file, {}};
  // execvp's EACCES may be about a directory in PATH.
  return {{"find the program in PATH", ENOENT}, name, path};
}

}  // namespace checkpw
