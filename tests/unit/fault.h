// SPDX-License-Identifier: ISC
#pragma once

#include <string_view>

namespace unit {

// What parse (parse_account and its like) finds at fault in data; "" is
// nothing.
template <typename Into>
std::string_view fault_of(const char* (*parse)(std::string_view, Into&),
                          std::string_view data) {
  Into into;
  const char* fault = parse(data, into);
  return fault == nullptr ? "" : fault;
}

}  // namespace unit
