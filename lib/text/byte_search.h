// SPDX-License-Identifier: ISC
#pragma once

#include <string_view>

// Searches in short texts, such as a message's file name, and compares them:
// musl's memchr takes longer to begin than these take to end, and its memcmp
// goes byte by byte.
namespace lib {

// As text.find(c): npos where c is not there.
size_t find_byte(std::string_view text, char c);

// Whether one or the other is there.
bool has_either(std::string_view text, char one, char other);

// Whether every byte lies within least to most, both ASCII; true of an empty
// text.
bool all_between(std::string_view text, char least, char most);

// As a == b and a.compare(b), which is below, at or above 0.
bool are_equal(std::string_view a, std::string_view b);
int compare_bytes(std::string_view a, std::string_view b);

}  // namespace lib
