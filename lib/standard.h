// SPDX-License-Identifier: ISC
// May run as root: headers of the C++ library alone.
// The standard headers that most files include.  The Makefile compiles them
// once and puts them in front of every file.  This saves time only: each file
// still includes what it uses, and `make lint` reads it without these.
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
