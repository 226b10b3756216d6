// SPDX-License-Identifier: ISC
// A search in any file as a cdb stays within the file and ends.  The first line
// of the input is the key, the rest the cdb.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "checkpw/cdb/cdb.h"
#include "lib/text/text.h"

namespace {

void require(bool condition) {
  if (!condition) abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view file(reinterpret_cast<const char*>(data), size);
  const std::string_view key = lib::next_field(file, '\n');
  checkpw::CdbSearch search(key, file.size());
  int reads = 0;
  while (search.wanted().size > 0) {
    const auto [at, wanted] = search.wanted();
    require(wanted <= checkpw::kCdbPairSize + checkpw::kCdbKeySize);
    require(at <= file.size() && wanted <= file.size() - at);
    search.take(file.substr(at, wanted));
    require(++reads < 30000);
  }
  if (search.answer() != checkpw::CdbSearch::Answer::Found) return 0;
  const auto [at, length] = search.data();
  require(at <= file.size() && length <= file.size() - at);
  require(file.substr(at - key.size(), key.size()) == key);
  return 0;
}
