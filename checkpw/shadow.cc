// SPDX-License-Identifier: ISC
// Runs as root: pure.
#include "checkpw/shadow.h"

namespace checkpw {

bool is_expired(const ShadowAges& ages, long today) {
  if (ages.expire >= 0 && today >= ages.expire) return true;
  if (ages.last_change == 0) return true;  // "change at the next login"
  if (ages.last_change < 0 || ages.maximum < 0) return false;
  // Subtracted on this side: the fields may hold any long.
  const long age = today - ages.last_change;
  const long grace = ages.inactive > 0 ? ages.inactive : 0;
  return age > ages.maximum && age - ages.maximum > grace;
}

}  // namespace checkpw
