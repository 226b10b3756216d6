// SPDX-License-Identifier: ISC
// Never runs as root: checkpw-hash has no client.
#include "checkpw/crypt/method.h"

#include <array>

#include "checkpw/crypt/hash.h"
#include "lib/text/text.h"

namespace checkpw {
namespace {

// bcrypt's default in libxcrypt, 5, is that of 1999.
constexpr std::array<Method, 8> kMethods{{
    {"yescrypt", "$y$", 0},
    {"gost-yescrypt", "$gy$", 0},
    {"scrypt", "$7$", 0},
    {"bcrypt", "$2b$", 10, 72},
    {"sha512crypt", "$6$", 0},
    {"sha256crypt", "$5$", 0},
    {"md5crypt", "$1$", 0},
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
  return is_plain(method) || make_setting(method.prefix, 0, setting).ok();
}

Method preferred_method() {
  HashText setting;
  if (make_setting("", 0, setting).ok())
    for (const Method& method : kMethods)
      if (!is_plain(method) && setting.view().starts_with(method.prefix))
        return method;
  return kMethods[0];
}

}  // namespace checkpw
