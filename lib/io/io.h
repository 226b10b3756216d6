// SPDX-License-Identifier: ISC
#pragma once

#include <sys/types.h>

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "lib/io/deadline.h"

// This folder reads and writes descriptors, with deadlines, and writes the log.
// Every folder may call it.
// It may call lib/text.
//
// Here are plain descriptors.  EINTR is retried, short writes are continued.
namespace lib {

// Reads once.  Returns 0 at the end of the file, -1 on an error (errno).
ssize_t read_some(int fd, std::span<char> into);

// Reads to the end of the file.  Returns -1 on an error (errno), and if the
// file is longer than into (EMSGSIZE).
ssize_t read_to_end(int fd, std::span<char> into);

// Fills into from this place in the file.  Returns false on an error (errno),
// and if the file ends before that (errno is 0).
bool read_at(int fd, uint64_t at, std::span<char> into);

// Writes all of text, and waits while the descriptor would block.  Returns
// false on an error (errno), or after the deadline (ETIMEDOUT).  On a
// descriptor without O_NONBLOCK the deadline is only certain for up to PIPE_BUF
// bytes.
bool write_all(int fd, std::string_view text,
               Deadline deadline = Deadline::never());

// Waits until fd is readable.  Returns false after the deadline and on an
// error.  A hang-up counts as readable: the next read reports it.
bool wait_readable(int fd, Deadline deadline);

// Opens /dev/null as each of the descriptors 0 to 2 that is closed, so that no
// file opened later is taken for the client or the log.  Call this after the
// Log has been made, which has to know whether descriptor 2 was closed.
void fill_standard_descriptors();

// Closes all descriptors from first to last; none if last is less than first.
void close_from_to(unsigned first, unsigned last);

// Closes all descriptors from first on but those of kept, which may be in any
// order; -1 means "none".
void close_from(unsigned first, std::array<int, 2> kept);

}  // namespace lib
