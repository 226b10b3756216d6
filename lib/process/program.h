// SPDX-License-Identifier: ISC
#pragma once

#include <cstdint>
#include <string_view>

#include "lib/result.h"

// What every program's main does the same way.
namespace lib {

constexpr std::string_view kVersion = "0.1.0";

// --version: "popup (popchain) 0.1.0" on standard output, then _exit(0).
[[noreturn]] void leave_with_version(std::string_view program);

// "program: fatal: text" on descriptor 2; in syslog if popup logs there, or if
// the client's socket is on 0 and nothing on 2, as Log leaves it under inetd.
void complain(std::string_view program, std::string_view text);
// The same, then _exit(code).
[[noreturn]] void die(int code, std::string_view program,
                      std::string_view text);
// "program: fatal: unable to <doing>: <errno text>"
[[noreturn]] void die(int code, std::string_view program, const Error& error);
// "program: bad <option>: <value>"
[[noreturn]] void die_bad_value(int code, std::string_view program,
                                std::string_view option,
                                std::string_view value);

}  // namespace lib
