// SPDX-License-Identifier: ISC
#pragma once

#include <cstdint>
#include <string_view>

#include "lib/result.h"

// This folder is about our own process: options, ids, signals, limits, its end.
// Every program may call it.
// It may call the other folders of lib.
//
// Here is what the main functions share.
namespace lib {

constexpr std::string_view kVersion = "1.0";

// For --version: prints "popup (popchain) 1.0" and exits with 0.
[[noreturn]] void leave_with_version(std::string_view program);

// Writes "PROGRAM: fatal: TEXT" to descriptor 2.  Also writes it to syslog if
// popup logs there, or if Log has taken the client's socket from descriptor 2
// (inetd).
void complain(std::string_view program, std::string_view text);
// Complains, then exits with code.
[[noreturn]] void die(int code, std::string_view program,
                      std::string_view text);
// With the text of cause_of(error).
[[noreturn]] void die(int code, std::string_view program, const Error& error);
// With the text "bad value for OPTION: VALUE".
[[noreturn]] void die_bad_value(int code, std::string_view program,
                                std::string_view option,
                                std::string_view value);

}  // namespace lib
