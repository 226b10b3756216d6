// SPDX-License-Identifier: ISC
// Any input of a dialogue, in pieces of any size: the reader neither overruns
// nor hangs, and all that it accepts as credentials or as a proxy's data can be
// encoded.
#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "popup/dialogue/record.h"

namespace {

void use_proxied(std::string_view payload) {
  const auto client = popup::decode_proxied(payload);
  if (!client) return;
  popup::RecordText again;
  if (!popup::encode_proxied(*client, again) ||
      again.view().substr(popup::kRecordHeader) != payload)
    abort();
}

void use(const popup::Record& record) {
  if (record.kind == popup::RecordKind::Proxied)
    return use_proxied(record.payload);
  if (record.kind != popup::RecordKind::Credentials) return;
  const auto submission = popup::decode_submission(record.payload);
  if (!submission) return;
  popup::RecordText again;
  if (!popup::encode_submission(*submission, again) ||
      again.view().substr(popup::kRecordHeader) != record.payload)
    abort();
}

}  // namespace

// The first octet is the size of the pieces.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const size_t piece = 1 + *data++;
  --size;
  popup::RecordReader reader;
  while (size != 0 && !reader.broken()) {
    const auto room = reader.free_space();
    if (room.empty()) abort();
    const size_t taken = std::min({piece, size, room.size()});
    std::copy_n(data, taken, room.begin());
    reader.added(taken);
    data += taken;
    size -= taken;
    while (const auto record = reader.next()) use(*record);
  }
  return 0;
}
