// SPDX-License-Identifier: ISC
#pragma once

#include <sys/types.h>

#include <span>
#include <string_view>

#include "lib/io/deadline.h"

// Plain descriptors: EINTR is retried, short writes are continued.
namespace lib {

// Reads once; 0 is end of file, -1 an error (errno).
ssize_t read_some(int fd, std::span<char> into);

// Reads to end of file; more than into holds, or an error (errno), is -1.
// EMSGSIZE says that there was more.
ssize_t read_to_end(int fd, std::span<char> into);

// Writes all of text, waiting where the descriptor would block; false on an
// error (errno; ETIMEDOUT past the deadline, which holds for up to PIPE_BUF
// bytes on a descriptor without O_NONBLOCK).
bool write_all(int fd, std::string_view text,
               Deadline deadline = Deadline::never());

// Waits until fd is readable (or writable); false past the deadline or on an
// error.  A hang-up counts as ready: the next read or write tells.
bool wait_readable(int fd, Deadline deadline);
bool wait_writable(int fd, Deadline deadline);

// Opens /dev/null in place of descriptors 0 to 2 that are closed, so that no
// file of ours is ever taken for the client or the log.  After the Log is
// made, which wants to know whether descriptor 2 is closed.
void fill_standard_descriptors();

// Closes all descriptors from first to last; nothing where last is less.
void close_from_to(unsigned first, unsigned last);

}  // namespace lib
