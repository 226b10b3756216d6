// SPDX-License-Identifier: ISC
// The floor of RETR: LIST and RETR of a folder's files, by open, read and write
// alone.  The files have CRLF and no dots, so that they can be sent unchanged.
// Argument: the folder.
#include <dirent.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "canned.h"

namespace {

constexpr size_t kMessages = 20000, kLargest = 8 << 20;

struct Folder {
  int fd = -1;
  size_t count = 0;
  char* names[kMessages];
};

void write_all(const char* bytes, size_t length) {
  while (length > 0) {
    const ssize_t written = write(1, bytes, length);
    if (written <= 0) _exit(1);
    bytes += written;
    length -= static_cast<size_t>(written);
  }
}

bool read_folder(const char* path, Folder& folder) {
  DIR* directory = opendir(path);
  if (directory == nullptr) return false;
  folder.fd = dirfd(directory);
  while (const dirent* entry = readdir(directory))
    if (entry->d_name[0] != '.' && folder.count < kMessages)
      folder.names[folder.count++] = strdup(entry->d_name);
  return true;
}

void send_list(const Folder& folder) {
  floors::say("+OK \r\n");
  for (size_t i = 1; i <= folder.count; ++i) {
    char line[40];
    const int length = snprintf(line, sizeof line, "%zu 1\r\n", i);
    write_all(line, static_cast<size_t>(length));
  }
  floors::say(".\r\n");
}

void send_message(const Folder& folder, size_t number, char* buffer) {
  if (number < 1 || number > folder.count) _exit(1);
  const int file = openat(folder.fd, folder.names[number - 1], O_RDONLY);
  memcpy(buffer, "+OK \r\n", 6);
  const ssize_t length = read(file, buffer + 6, kLargest);
  if (length < 0) _exit(1);
  close(file);
  memcpy(buffer + 6 + length, ".\r\n", 3);
  write_all(buffer, static_cast<size_t>(length) + 9);
}

}  // namespace

int main(int argc, char** argv) {
  static Folder folder;
  char* buffer = static_cast<char*>(malloc(kLargest + 16));
  if (argc != 2 || buffer == nullptr || !read_folder(argv[1], folder)) return 2;
  const int on = 1;
  setsockopt(1, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  floors::say("+OK <1.1@floor>\r\n");
  floors::Input input;
  const char* line = nullptr;
  while (input.next_line(line) > 0) {
    if (*line == 'R')
      send_message(folder, static_cast<size_t>(atol(line + 5)), buffer);
    else if (*line == 'L')
      send_list(folder);
    else
      floors::say("+OK \r\n");
    if (*line == 'Q') return 0;
  }
}
