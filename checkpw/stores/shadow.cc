// SPDX-License-Identifier: ISC
// Runs as root: parses a line of shadow; pure.
#include "checkpw/stores/shadow.h"

#include <algorithm>
#include <array>
#include <climits>

#include "lib/text/text.h"

namespace checkpw {
namespace {

// Leaves into as it is if field is empty.  False if field is not a number.
bool parse_days(std::string_view field, long& into) {
  if (field.empty()) return true;
  field.remove_prefix(
      std::min(field.find_first_not_of(" \t\n\v\f\r"), field.size()));
  const auto days = lib::parse_number(field, LONG_MAX);
  if (days) into = static_cast<long>(*days);
  return days.has_value();
}

}  // namespace

bool is_expired(const ShadowAges& ages, long today) {
  if (ages.expire >= 0 && today >= ages.expire) return true;
  if (ages.last_change == 0) return true;  // "change at the next login"
  if (ages.last_change < 0 || ages.maximum < 0) return false;
  // Not last_change + maximum: the fields may hold any long.
  const long age = today - ages.last_change;
  const long grace = ages.inactive > 0 ? ages.inactive : 0;
  return age > ages.maximum && age - ages.maximum > grace;
}

void parse_shadow(std::string_view fields, ShadowEntry& into) {
  struct Age {
    const char* name;
    long* days;
  };
  long ignored = -1;
  const std::array<Age, 6> ages{
      {{"date of last password change", &into.ages.last_change},
       {"minimum password age", &ignored},
       {"maximum password age", &into.ages.maximum},
       {"password warning period", &ignored},
       {"password inactivity period", &into.ages.inactive},
       {"account expiration date", &into.ages.expire}}};
  into.found = true;
  into.hash << lib::next_field(fields, ':');
  for (const Age& age : ages)
    if (!parse_days(lib::next_field(fields, ':'), *age.days))
      into.fault = age.name;
}

}  // namespace checkpw
