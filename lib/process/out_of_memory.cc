// SPDX-License-Identifier: ISC
// May run as root.
#include "lib/process/out_of_memory.h"

#include <unistd.h>

namespace lib {
namespace {

struct Ending {
  std::string_view words;
  ExitCode code;
};
// Mutable and global, for operator new alone: see set_out_of_memory().
constinit Ending ending{"", kTemporary};

void say(int fd, std::string_view text) {
  (void)!write(fd, text.data(), text.size());
}

}  // namespace

void set_out_of_memory(std::string_view words, ExitCode code) {
  ending = {words, code};
}

void out_of_memory() {
  say(STDERR_FILENO, "fatal: out of memory\n");
  if (!ending.words.empty()) say(STDOUT_FILENO, ending.words);
  _exit(ending.code);
}

}  // namespace lib
