// SPDX-License-Identifier: ISC
// Runs as root: reads the stores.
#include "checkpw/cdb_store.h"

#include "checkpw/passwd_file.h"

namespace checkpw {

lib::Status say_unreadable(const char* path, const lib::Error& error,
                           const lib::Log& log) {
  lib::LogLine(log, "unreadable", lib::Log::Level::Error).field("file", path);
  return error;
}

lib::Status find_cdb_dummy(const CdbFile& file, Lookup& into) {
  constexpr int kRecordsTried = 64;
  CdbData data;
  const auto recorded = file.find("", data);
  if (!recorded.ok()) return recorded.error();
  if (recorded.value()) {
    into.offer_dummy(data.view());
    return {};
  }
  uint64_t at = kCdbHeaderSize;
  for (int tried = 0; tried < kRecordsTried && into.dummy.empty(); ++tried) {
    if (!file.next(at, data)) break;
    offer_dummy(data.view(), into);
  }
  return {};
}

}  // namespace checkpw
