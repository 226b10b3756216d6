// SPDX-License-Identifier: ISC
#pragma once

#include <string.h>
#include <unistd.h>

// Shared by the floor programs: canned replies by plain read and write, without
// a library or a protocol.  They show what the machine can do at best.
namespace floors {

template <size_t size>
void say(const char (&text)[size]) {
  if (write(1, text, size - 1) < 0) _exit(1);
}

class Input {
 public:
  // The length of the next line with its end, 0 at the end of input.
  size_t next_line(const char*& line) {
    for (;;) {
      const void* end = memchr(bytes_ + begin_, '\n', end_ - begin_);
      if (end != nullptr) {
        line = bytes_ + begin_;
        begin_ =
            static_cast<size_t>(static_cast<const char*>(end) - bytes_) + 1;
        return static_cast<size_t>(bytes_ + begin_ - line);
      }
      memmove(bytes_, bytes_ + begin_, end_ - begin_);
      end_ -= begin_;
      begin_ = 0;
      const ssize_t got = read(0, bytes_ + end_, sizeof bytes_ - end_);
      if (got <= 0) return 0;
      end_ += static_cast<size_t>(got);
    }
  }

 private:
  char bytes_[4096];
  size_t begin_ = 0;
  size_t end_ = 0;
};

// Answers every command until QUIT.
inline void serve_canned() {
  Input input;
  const char* line = nullptr;
  while (input.next_line(line) > 0) {
    if (*line == 'S')
      say("+OK 10 40960\r\n");
    else
      say("+OK \r\n");
    if (*line == 'Q') return;
  }
}

}  // namespace floors
