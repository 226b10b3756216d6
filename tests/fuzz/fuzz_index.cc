// SPDX-License-Identifier: ISC
// Any bytes as an index: the first page as a header, every page as records.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "maildir-pop3d/index_format.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  pop3d::IndexPage page;
  for (size_t at = 0; at < size; at += page.size()) {
    page.fill('\0');
    const size_t part = std::min(page.size(), size - at);
    std::copy_n(data + at, part, page.begin());
    (void)pop3d::decode_index_header(page, size);
    const auto view = pop3d::IndexPageView::open(page);
    if (!view) continue;
    for (size_t i = 0; i < view->count(); ++i) {
      const auto record = view->record(i);
      if (record && !pop3d::index_name_is_sound(record->name)) abort();
    }
  }
  return 0;
}
