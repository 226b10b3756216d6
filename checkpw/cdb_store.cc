// SPDX-License-Identifier: ISC
// Runs as root: reads the stores.
#include "checkpw/cdb_store.h"

#include "checkpw/cdb_file.h"
#include "checkpw/passwd_file.h"

namespace checkpw {
namespace {

lib::Status find_dummy(const CdbFile& file, Lookup& into) {
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

}  // namespace

lib::Error say_unreadable(std::string_view path, const lib::Error& error,
                          const lib::Log& log) {
  lib::LogLine(log, "unreadable", lib::Log::Level::Error).field("file", path);
  return error;
}

lib::Error say_damaged(std::string_view path, std::string_view field,
                       const lib::Log& log) {
  lib::LogLine(log, "damaged", lib::Log::Level::Error)
      .field("file", path)
      .field("field", field);
  return {"use this account's record", 0};
}

lib::Result<bool> look_up_record(const char* path, int flags,
                                 std::string_view key, ParseRecord parse,
                                 const lib::Log& log, Lookup& into) {
  const auto file = CdbFile::open(path, flags);
  if (!file.ok()) return say_unreadable(path, file.error(), log);
  CdbData data;
  const auto found = file.value().find(key, data);
  if (!found.ok()) return say_unreadable(path, found.error(), log);
  const lib::Status status = find_dummy(file.value(), into);
  if (!status.ok()) return say_unreadable(path, status.error(), log);
  if (into.found || !found.value()) return false;
  if (const char* fault = parse(data.view(), into.account))
    return say_damaged(path, fault, log);
  into.found = true;
  return true;
}

}  // namespace checkpw
