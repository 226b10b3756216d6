// SPDX-License-Identifier: ISC
#pragma once

#include <string>
#include <string_view>

namespace popbench {

// One object on one line.
class Json {
 public:
  Json& number(std::string_view name, double value);
  Json& text(std::string_view name, std::string_view value);
  Json& raw(std::string_view name, std::string_view value);
  void print() const;  // to stdout

 private:
  std::string members_;
};

}  // namespace popbench
