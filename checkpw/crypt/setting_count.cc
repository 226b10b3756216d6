// SPDX-License-Identifier: ISC
// Never runs as root: checkpw-mkdb has no client.
#include "checkpw/crypt/setting_count.h"

#include <algorithm>

namespace checkpw {
namespace {

constexpr size_t kBcrypt = 7;   // $2b$10$
constexpr size_t kScrypt = 14;  // $7$, one digit of cost, two numbers of five
constexpr size_t kBsdi = 5;     // _ and the rounds

}  // namespace

std::string_view work_of(std::string_view hash) {
  if (hash.starts_with('_')) return hash.substr(0, kBsdi);
  if (hash.starts_with("$2")) return hash.substr(0, kBcrypt);
  if (hash.starts_with("$7$")) return hash.substr(0, kScrypt);
  if (hash.starts_with("$md5")) return hash.substr(0, hash.find('$', 1) + 1);
  if (!hash.starts_with('$')) return {};  // traditional DES
  // $method$cost$...$salt$hash
  hash = hash.substr(0, hash.rfind('$'));
  const size_t end = hash.rfind('$');
  return end == std::string_view::npos ? hash : hash.substr(0, end + 1);
}

void SettingCount::add(std::string_view hash) {
  const std::string_view work = work_of(hash);
  for (Kind& kind : kinds_) {
    if (kind.count == 0) kind.first << hash;
    if (work_of(kind.first.view()) != work) continue;
    ++kind.count;
    return;
  }
}

std::string_view SettingCount::most_common() const {
  return std::ranges::max_element(kinds_, {}, &Kind::count)->first.view();
}

}  // namespace checkpw
