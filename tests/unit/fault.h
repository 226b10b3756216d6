// SPDX-License-Identifier: ISC
#pragma once

#include <string_view>

namespace unit {

// The fault that parse (such as parse_account) finds in data, "" if none.
template <typename Into>
std::string_view fault_of(const char* (*parse)(std::string_view, Into&),
                          std::string_view data) {
  Into into;
  const char* fault = parse(data, into);
  return fault == nullptr ? "" : fault;
}

}  // namespace unit
