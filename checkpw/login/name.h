// SPDX-License-Identifier: ISC
#pragma once

#include <string_view>

#include "lib/crypto/secret.h"
#include "lib/text/fixed_text.h"

namespace checkpw {

constexpr size_t kLongestDomain = 255;

// A login of descriptor 3 with the longest domain added always fits.
using LoginName = lib::FixedText<lib::kCredentialsSize + 1 + kLongestDomain>;

// How the login that a client sends becomes the login that is looked up,
// exported and logged (checkpw(8)).  The texts are borrowed.
struct NameRules {
  std::string_view separators;  // each stands for '@' in a login without one
  bool fold_case = false;
  std::string_view stripped_domains;  // NAME,...
  std::string_view domain;
};

// True if text is 1 to 255 letters, digits, dots, dashes and underscores, and
// starts with a letter, a digit or an underscore.
bool is_domain(std::string_view text);
// True for a comma-separated list of them that is not empty.
bool are_domains(std::string_view list);
// True if text is not empty, and each character is ASCII punctuation but '@',
// '.' and '-'.
bool are_separators(std::string_view text);

// Sets into to the login after the rules, which are applied in the order of
// NameRules.  The last separator becomes '@'.  Letters become lower case.  A
// stripped domain after the last '@' goes, whatever its case, unless nothing
// would be left.  A login without '@' gets the domain, folded like the rest.
// Pure.
void rewrite_login(const NameRules& rules, std::string_view login,
                   LoginName& into);

}  // namespace checkpw
