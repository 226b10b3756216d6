// SPDX-License-Identifier: ISC
// Any text as an address, a network and a place to listen: a printed address is
// read as the same address, and a network contains its own address.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "lib/text/address.h"
#include "popup/listener/address.h"

namespace {

void demand(bool condition) {
  if (!condition) abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto address = lib::parse_address(text)) {
    const auto printed = lib::format_address(*address);
    demand(!printed.empty() && lib::parse_address(printed.view()) == address);
    const lib::Address source = lib::source_of(*address);
    demand(lib::source_of(source) == source);
    demand(source.is_ipv4() == address->is_ipv4());
  }
  if (const auto network = lib::parse_network(text)) {
    demand(network->bits <= 128);
    demand(network->contains(network->address));
  }
  if (const auto where = popup::parse_listen_address(text))
    demand(where->address || text.find_first_of("[]%.") == text.npos);
  return 0;
}
