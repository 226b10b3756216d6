// SPDX-License-Identifier: ISC
// May run as root.
#include "lib/process/out_of_memory.h"

#include <unistd.h>

namespace lib {
namespace {

struct Ending {
  std::string_view reply;
  ExitCode code;
};
// Global because operator new takes no argument that could hold it.
constinit Ending ending{"", kTemporary};

void say(int fd, std::string_view text) {
  (void)!write(fd, text.data(), text.size());
}

}  // namespace

void set_out_of_memory(std::string_view reply, ExitCode code) {
  ending = {reply, code};
}

void out_of_memory() {
  say(STDERR_FILENO, "fatal: out of memory\n");
  if (!ending.reply.empty()) say(STDOUT_FILENO, ending.reply);
  _exit(ending.code);
}

}  // namespace lib
