// SPDX-License-Identifier: ISC
// Runs as root: rewrites the login; pure.
#include "checkpw/login/name.h"

#include <algorithm>

#include "lib/text/text.h"

namespace checkpw {
namespace {

constexpr bool may_be_in_domain(char c) {
  return lib::is_letter(c) || lib::is_digit(c) || c == '.' || c == '-' ||
         c == '_';
}

bool is_in_list(std::string_view domain, std::string_view list) {
  while (!list.empty())
    if (lib::equal_caseless(lib::next_field(list, ','), domain)) return true;
  return false;
}

void append_folded(const NameRules& rules, char c, LoginName& into) {
  into << (rules.fold_case ? lib::to_lower(c) : c);
}

}  // namespace

bool is_domain(std::string_view text) {
  return !text.empty() && text.size() <= kLongestDomain && text[0] != '.' &&
         text[0] != '-' && std::ranges::all_of(text, may_be_in_domain);
}

bool are_domains(std::string_view list) {
  if (list.ends_with(',')) return false;  // next_field() would not see it
  do {
    if (!is_domain(lib::next_field(list, ','))) return false;
  } while (!list.empty());
  return true;
}

bool are_separators(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return c > ' ' && c <= '~' && !lib::is_letter(c) && !lib::is_digit(c) &&
           c != '@' && c != '.' && c != '-';
  });
}

void rewrite_login(const NameRules& rules, std::string_view login,
                   LoginName& into) {
  constexpr size_t kNone = std::string_view::npos;
  size_t at = login.rfind('@');
  if (at == kNone) at = login.find_last_of(rules.separators);
  const bool stripped =
      at != kNone && at != 0 &&
      is_in_list(login.substr(at + 1), rules.stripped_domains);
  into.clear();
  for (size_t i = 0; i < (stripped ? at : login.size()); ++i)
    append_folded(rules, i == at ? '@' : login[i], into);
  if (rules.domain.empty() || into.view().find('@') != kNone) return;
  into << '@';
  for (const char c : rules.domain) append_folded(rules, c, into);
}

}  // namespace checkpw
