// SPDX-License-Identifier: ISC
// Runs as root: parses stored secrets; pure.
#include "checkpw/crypt/scheme.h"

#include <algorithm>
#include <array>

#include "checkpw/crypt/hash.h"
#include "checkpw/crypt/hash_cost.h"
#include "lib/text/text.h"

namespace checkpw {
namespace {

// Dovecot's names for hashes that crypt(3) tells apart by itself.
constexpr std::array<std::string_view, 7> kCryptSchemes{
    "CRYPT",        "DES-CRYPT", "MD5-CRYPT", "SHA256-CRYPT",
    "SHA512-CRYPT", "BLF-CRYPT", "MD5",
};
constexpr std::array<std::string_view, 3> kPlainSchemes{"PLAIN", "CLEAR",
                                                        "CLEARTEXT"};

bool is_one_of(std::string_view name, auto& names) {
  return std::ranges::any_of(names, [name](std::string_view known) {
    return lib::equal_caseless(name, known);
  });
}

StoredSecret parse_hash(std::string_view text) {
  if (text.empty() || text[0] == '!' || text[0] == '*')
    return {SecretKind::Locked, {}};
  if (!is_hash(text)) return {SecretKind::Invalid, text};
  return {is_affordable(text) ? SecretKind::Hash : SecretKind::Costly, text};
}

}  // namespace

StoredSecret parse_secret(std::string_view field) {
  if (!field.starts_with('{')) return parse_hash(field);
  const size_t end = field.find('}');
  if (end == std::string_view::npos) return {SecretKind::Invalid, {}};
  const std::string_view scheme = field.substr(1, end - 1);
  const std::string_view text = field.substr(end + 1);
  if (is_one_of(scheme, kCryptSchemes)) return parse_hash(text);
  if (!is_one_of(scheme, kPlainSchemes)) return {SecretKind::Invalid, {}};
  return {text.empty() ? SecretKind::Locked : SecretKind::Plain, text};
}

const char* secret_fault(SecretKind kind) {
  if (kind == SecretKind::Invalid) return "secret";
  return kind == SecretKind::Costly ? "setting" : nullptr;
}

}  // namespace checkpw
