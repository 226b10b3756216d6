// SPDX-License-Identifier: ISC
// May run as root: only headers of the C and C++ libraries.
// The standard headers that most files include.  The Makefile precompiles them
// and includes them in every file.  This only saves time: each file still
// includes what it uses, and `make lint` checks it without them.
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
