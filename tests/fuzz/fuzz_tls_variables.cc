// SPDX-License-Identifier: ISC
// Any block of a TLS server, in pieces of any size: the variables read from it
// lie within it, begin with SSL_ and contain no NUL.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "popup/dialogue/tls_variables.h"

namespace {

void require(bool condition) {
  if (!condition) abort();
}

void go_through(std::string_view block) {
  popup::TlsVariables variables(block);
  while (const auto variable = variables.next()) {
    require(variable->name.starts_with("SSL_"));
    require(variable->name.find('\0') == std::string_view::npos);
    const std::string_view value = variable->value.value_or(variable->name);
    require(value.find('\0') == std::string_view::npos);
    require(value.data() >= block.data() &&
            value.data() + value.size() < block.data() + block.size());
  }
}

}  // namespace

// The first byte is the size of the pieces in which the rest arrives.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const size_t portion = data[0] + 1U;
  const std::string bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  popup::TlsBlockEnd whole;
  popup::TlsBlockEnd pieces;
  whole.feed(bytes);
  for (size_t at = 0; at < bytes.size(); at += portion)
    pieces.feed(std::string_view(bytes).substr(at, portion));
  require(whole.state() == pieces.state() && whole.size() == pieces.size());
  require(whole.size() <= bytes.size());
  go_through(bytes);
  go_through(std::string_view(bytes).substr(0, whole.size()));
  return 0;
}
