// SPDX-License-Identifier: ISC
#include "maildir-pop3d/mailbox/uidl_pattern.h"

#include <string>
#include <string_view>

#include "tests/unit/unit.h"

using pop3d::expand;
using pop3d::is_uidl_pattern;

namespace {

std::string made(std::string_view pattern) {
  if (!is_uidl_pattern(pattern)) return "invalid";
  return std::string(
      expand(pattern, {255, 1795278519, "1.aB", "5e29C"}).view());
}

}  // namespace

TEST(a_pattern_puts_the_parts_together) {
  CHECK_EQUAL(made("%08Xu%08Xv"), "000000ff6b01c6b7");
  CHECK_EQUAL(made("%08Xv%08Xu"), "6b01c6b7000000ff");
  CHECK_EQUAL(made("%v-%u"), "1795278519-255");
  CHECK_EQUAL(made("UID%u-%v"), "UID255-1795278519");
  CHECK_EQUAL(made("%Xu%%%012v"), "ff%001795278519");
  CHECK_EQUAL(made("%08XUu"), "000000FF");
  CHECK_EQUAL(made("%XLu"), "ff");
  CHECK_EQUAL(made("%01u"), "255");
  CHECK_EQUAL(made("%f"), "1.aB");
  CHECK_EQUAL(made("%Uf.%Lg"), "1.AB.5e29c");
}

TEST(a_message_without_a_guid_has_its_name) {
  CHECK_EQUAL(expand("%g", {1, 2, "1.a", ""}).view(), "1.a");
}

TEST(an_id_that_is_too_long_is_empty) {
  const std::string name(70, 'x');
  CHECK_EQUAL(expand("%f", {1, 2, name, ""}).view(), name);
  CHECK(expand("%f%u", {1, 2, name, ""}).empty());
  CHECK(expand("%099u", {1, 2, name, ""}).empty());
}

TEST(a_pattern_by_which_every_id_is_too_long_is_invalid) {
  const std::string text(69, 'x');
  CHECK(is_uidl_pattern(text + "%u"));
  CHECK(is_uidl_pattern("%070u"));
  for (const std::string& pattern :
       {text + "x%u", text + "%u%u", text + "%f%g", std::string("%071u"),
        std::string("%040u%031v"), std::string(5000, 'x') + "%u"})
    CHECK(!is_uidl_pattern(pattern));
}

TEST(what_a_pattern_does_not_know_is_invalid) {
  for (const std::string_view pattern :
       {"",     "uid",    "%v",         "%%",     "%m",   "%u%m",  "%",
        "%u%",  "%0",     "%0u",        "%00u",   "%08",  "%100u", "%0100u",
        "%8u",  "%-8u",   "%2.3u",      "%xu",    "%XXu", "%LUu",  "%LXu",
        "%Xf",  "%08f",   "%08Xg",      "%{uid}", "%Mu",  "%Hu",   "%u %v",
        "%u\t", "%u\x7f", "%u\xc3\xa9", "%s"})
    CHECK_EQUAL(made(pattern), "invalid");
}
