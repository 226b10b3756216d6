// SPDX-License-Identifier: ISC
// Runs as root: reads the stores.
#include "checkpw/stores/cdb_store.h"

#include "checkpw/cdb/cdb_file.h"
#include "checkpw/stores/passwd_file.h"

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
    offer_secret_as_dummy(data.view(), into);
  }
  return {};
}

}  // namespace

lib::Error log_unreadable(std::string_view path, const lib::Error& error,
                          const lib::Log& log) {
  lib::LogLine line(log, "unreadable", lib::Log::Level::Error);
  line.field("file", path).unknown("user");
  return error;
}

lib::Error log_damaged(const Damage& damage, std::string_view login,
                       const lib::Log& log) {
  lib::LogLine line(log, "damaged", lib::Log::Level::Error);
  line.field("file", damage.file);
  if (damage.line != 0) line.number("line", damage.line);
  line.field("field", damage.field);
  if (damage.scheme != nullptr) line.field("scheme", damage.scheme);
  if (login.empty())
    line.unknown("user");
  else
    line.field("user", login);
  return {"use a damaged entry of this account", 0};
}

lib::Result<bool> look_up_record(const RecordPlace& place,
                                 std::string_view login, const lib::Log& log,
                                 Lookup& into) {
  const auto file = CdbFile::open(place.path, place.flags);
  if (!file.ok()) return log_unreadable(place.path, file.error(), log);
  CdbData data;
  const auto found = file.value().find(place.key, data);
  if (!found.ok()) return log_unreadable(place.path, found.error(), log);
  const lib::Status status = find_dummy(file.value(), into);
  if (!status.ok()) return log_unreadable(place.path, status.error(), log);
  if (into.found || !found.value()) return false;
  into.found = true;
  if (const char* fault = place.parse(login, data.view(), into.account))
    return log_damaged({.file = place.path,
                        .field = fault,
                        .scheme = into.account.damaged_scheme},
                       login, log);
  return true;
}

}  // namespace checkpw
