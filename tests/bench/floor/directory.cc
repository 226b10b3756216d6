// SPDX-License-Identifier: ISC
// The floor of opening a Maildir: the CPU milliseconds of reading a directory,
// of also asking for each file's size, and of also reading each file. Argument:
// the directory.  Prints one line of JSON.
#include <dirent.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace {

enum class Work { kNames, kSizes, kContents };

char entries[1 << 18];
char contents[1 << 18];
long octets = 0;
long files = 0;

double cpu_ms() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) *
             1e3 +
         static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) /
             1e3;
}

void look_at(int directory, const char* name, Work work) {
  ++files;
  if (work == Work::kSizes) {
    struct stat status {};
    if (fstatat(directory, name, &status, 0) == 0) octets += status.st_size;
  }
  if (work == Work::kContents) {
    const int file = openat(directory, name, O_RDONLY | O_CLOEXEC);
    ssize_t got = 0;
    while ((got = read(file, contents, sizeof contents)) > 0) octets += got;
    close(file);
  }
}

double measure(const char* path, Work work) {
  const double begin = cpu_ms();
  const int directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  long got = 0;
  while ((got = syscall(SYS_getdents64, directory, entries, sizeof entries)) >
         0) {
    for (long at = 0; at < got;) {
      // linux_dirent64: inode, offset, length of the entry (16), type, name
      uint16_t length = 0;
      memcpy(&length, entries + at + 16, sizeof length);
      const char* name = entries + at + 19;
      if (*name != '.') look_at(directory, name, work);
      at += length;
    }
  }
  close(directory);
  return cpu_ms() - begin;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const double names = measure(argv[1], Work::kNames);
  const double sizes = measure(argv[1], Work::kSizes);
  const double read_all = measure(argv[1], Work::kContents);
  printf(
      "{\"readdir_ms\":%.3f,\"stat_ms\":%.3f,\"read_ms\":%.3f,"
      "\"files\":%ld,\"octets\":%ld}\n",
      names, sizes, read_all, files / 3, octets);
}
