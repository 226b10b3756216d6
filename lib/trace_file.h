// SPDX-License-Identifier: ISC
#pragma once

#include "lib/result.h"
#include "lib/unique_fd.h"

namespace lib {

// May run as root: opens the file of --trace for appending, made with mode
// 0600.  A symbolic link, a file of another user, one with several names and
// anything but a regular file are refused, so that nobody can aim the trace
// at a file of his choice.  /dev/fd/N is a descriptor that whoever started
// the chain has opened, so that both halves can write to one file, the one as
// root and the other as the user: it has to be a regular file of one name,
// opened for appending.
Result<UniqueFd> open_trace_file(const char* path);

}  // namespace lib
