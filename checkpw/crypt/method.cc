// SPDX-License-Identifier: ISC
// Never runs as root: checkpw-hash and checkpw-mkdb have no client.
#include "checkpw/crypt/method.h"

#include <algorithm>

#include "lib/text/text.h"

namespace checkpw {
namespace {

// libxcrypt's default for bcrypt, 5, dates from 1999.
constexpr std::array<Method, 12> kMethods{{
    {"yescrypt", "$y$", 0},
    {"gost-yescrypt", "$gy$", 0},
    {"scrypt", "$7$", 0},
    {"bcrypt", "$2b$", 10, 72},
    {"sha512crypt", "$6$", 0},
    {"sha256crypt", "$5$", 0},
    {"md5crypt", "$1$", 0},
    {"SSHA512", "", 0, 0, DigestMethod::Sha512},
    {"SSHA256", "", 0, 0, DigestMethod::Sha256},
    {"SSHA", "", 0, 0, DigestMethod::Sha1},
    {"SMD5", "", 0, 0, DigestMethod::Md5},
    {"PLAIN", "", 0},
}};

}  // namespace

std::span<const Method> methods() {
  return kMethods;
}

std::optional<Method> find_method(std::string_view name) {
  for (const Method& method : kMethods)
    if (lib::equal_caseless(name, method.name)) return method;
  return std::nullopt;
}

bool is_available(const Method& method) {
  HashText setting;
  return method.prefix.empty() || make_setting(method.prefix, 0, setting).ok();
}

Method preferred_method() {
  HashText setting;
  if (make_setting("", 0, setting).ok())
    for (const Method& method : kMethods)
      if (!method.prefix.empty() && setting.view().starts_with(method.prefix))
        return method;
  return kMethods[0];
}

std::string_view method_and_cost(std::string_view hash) {
  constexpr size_t kBcrypt = 7;   // $2b$10$
  constexpr size_t kScrypt = 14;  // $7$, a digit of cost, two numbers of five
  constexpr size_t kBsdi = 5;     // _ and the rounds
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

void MethodCount::add(std::string_view hash) {
  const std::string_view cost = method_and_cost(hash);
  for (Kind& kind : kinds_) {
    if (kind.count == 0) kind.first << hash;
    if (method_and_cost(kind.first.view()) != cost) continue;
    ++kind.count;
    return;
  }
}

std::string_view MethodCount::most_common() const {
  return std::ranges::max_element(kinds_, {}, &Kind::count)->first.view();
}

}  // namespace checkpw
