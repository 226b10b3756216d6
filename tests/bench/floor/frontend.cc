// SPDX-License-Identifier: ISC
// The floor of the chain's first program: takes USER and PASS, starts the
// checker by vfork with both on fd 3, and waits for it.
#include <sys/wait.h>

#include "canned.h"

namespace {

struct Credentials {
  char bytes[600];
  size_t length = 0;

  void add(const char* text, size_t size) {
    memcpy(bytes + length, text, size);
    length += size;
    bytes[length++] = '\0';
  }
};

bool take(Credentials& credentials) {
  floors::Input input;
  const char* line = nullptr;
  constexpr size_t kVerb = 5, kEnd = 2;
  for (size_t length = 0; (length = input.next_line(line)) > 0;) {
    if (length < kVerb + kEnd || length > 200) return false;
    credentials.add(line + kVerb, length - kVerb - kEnd);
    if (*line == 'P') return true;
    floors::say("+OK \r\n");
  }
  return false;
}

}  // namespace

int main(int argc, char** argv) {
  floors::say("+OK <1.1@floor>\r\n");
  Credentials credentials;
  int ends[2];
  if (argc < 3 || !take(credentials) || pipe(ends) < 0) return 1;
  credentials.add("<1.1@floor>", 11);
  const pid_t child = vfork();
  if (child == 0) {
    close(ends[1]);
    if (ends[0] != 3) {
      dup2(ends[0], 3);
      close(ends[0]);
    }
    execv(argv[1], argv + 1);
    _exit(1);
  }
  close(ends[0]);
  if (write(ends[1], credentials.bytes, credentials.length) < 0) return 1;
  close(ends[1]);
  int status = 0;
  return waitpid(child, &status, 0) == child ? 0 : 1;
}
