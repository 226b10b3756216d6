// SPDX-License-Identifier: ISC
#include "tests/bench/popbench/json.h"

#include <cstdio>

namespace popbench {

Json& Json::raw(std::string_view name, std::string_view value) {
  if (!members_.empty()) members_ += ',';
  members_.append("\"").append(name).append("\":").append(value);
  return *this;
}

Json& Json::number(std::string_view name, double value) {
  char digits[40];
  snprintf(digits, sizeof digits, "%.10g", value);
  return raw(name, digits);
}

// Servers' replies come here: characters that would need escaping become dots.
Json& Json::text(std::string_view name, std::string_view value) {
  std::string quoted = "\"";
  for (const char c : value)
    quoted += c == '"' || c == '\\' || c < ' ' || c > '~' ? '.' : c;
  return raw(name, quoted + '"');
}

void Json::print() const {
  printf("{%s}\n", members_.c_str());
}

}  // namespace popbench
