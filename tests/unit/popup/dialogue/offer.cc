// SPDX-License-Identifier: ISC
#include "popup/dialogue/offer.h"

#include "tests/unit/unit.h"

TEST(announced_lines_keep_to_the_format) {
  popup::Offer offer{.apop = true, .cram_md5 = true};
  CHECK_EQUAL(popup::announced_lines(offer).view(),
              "USER\nSASL PLAIN LOGIN CRAM-MD5");
  CHECK(lib::valid_capability_lines(popup::announced_lines(offer).view()));
  CHECK(popup::parse_mechanisms("", offer));
  CHECK_EQUAL(popup::announced_lines(offer).view(), "USER");
  offer.login_delay = 4294967295U;
  CHECK_EQUAL(popup::announced_lines(offer).view(),
              "USER\nLOGIN-DELAY 4294967295");
  CHECK(lib::valid_capability_lines(popup::announced_lines(offer).view()));
}

TEST(lists_of_mechanisms_are_parsed) {
  popup::Offer offer;
  CHECK(popup::parse_mechanisms("cram-md5,Plain", offer));
  CHECK(offer.cram_md5 && offer.plain && !offer.login);
  for (const char* bad : {"NTLM", "PLAIN,NTLM", ",PLAIN", "PLAIN LOGIN", "-"})
    CHECK(!popup::parse_mechanisms(bad, offer));
  CHECK(offer.cram_md5 && offer.plain && !offer.login);
}
