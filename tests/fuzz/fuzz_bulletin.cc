// SPDX-License-Identifier: ISC
// A bulletin's copy is the same for any pieces in which it is read, is hardly
// longer than the bulletin, and its header names only the user.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "maildir-pop3d/extensions/bulletin_text.h"

namespace {

constexpr std::string_view kTo = "To: joe@mx.test\n";

std::string copy_of(std::string_view text, size_t piece) {
  pop3d::BulletinCopy copy("joe", "mx.test");
  std::string result;
  for (size_t at = 0; at < text.size(); at += piece)
    copy.add(text.substr(at, piece), result);
  copy.finish(result);
  return result;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::string whole = copy_of(text, size + 1);
  if (copy_of(text, 1) != whole || copy_of(text, 7) != whole) abort();
  if (whole.size() > size + kTo.size() + 1) abort();
  const std::string on_its_line = '\n' + std::string(kTo);
  if (('\n' + whole).find(on_its_line) == std::string::npos) abort();
  (void)pop3d::bulletin_number(text);
  (void)pop3d::parse_popbull(text);
  (void)pop3d::bulletin_of(text);
  return 0;
}
