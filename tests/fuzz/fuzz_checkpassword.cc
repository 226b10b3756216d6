// SPDX-License-Identifier: ISC
// Any input on descriptor 3: the fields lie within it and contain no NUL, and a
// record that can be encoded again is decoded to the same.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "lib/process/checkpassword.h"

namespace {

void demand(bool condition) {
  if (!condition) abort();
}

void demand_within(std::string_view field, std::string_view record) {
  if (field.empty()) return;
  demand(field.data() >= record.data() &&
         field.data() + field.size() < record.data() + record.size());
  demand(field.find('\0') == std::string_view::npos);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view record(reinterpret_cast<const char*>(data), size);
  const auto first = lib::decode_credentials(record);
  if (!first) return 0;
  demand(!first->login.empty());
  for (const auto field : {first->login, first->secret, first->timestamp})
    demand_within(field, record);

  lib::Secret again;
  if (!lib::encode_credentials(*first, again)) {
    demand(size > lib::kCredentialsSize - sizeof "CRAM-MD5");
    return 0;
  }
  const auto second = lib::decode_credentials(again.view());
  demand(second && second->login == first->login &&
         second->secret == first->secret &&
         second->timestamp == first->timestamp &&
         second->mechanism == first->mechanism);
  return 0;
}
