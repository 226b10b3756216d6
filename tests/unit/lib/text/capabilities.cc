// SPDX-License-Identifier: ISC
#include "lib/text/capabilities.h"

#include <string>

#include "tests/unit/unit.h"

TEST(announced_lines_are_checked) {
  const std::string longest(100, 'A');
  for (const std::string& good :
       {std::string("USER"), std::string("USER\nSASL PLAIN LOGIN CRAM-MD5"),
        std::string(), longest})
    CHECK(lib::valid_capability_lines(good));
  for (const std::string& bad :
       {std::string("USER\n"), std::string("\nUSER"), std::string("A\n\nB"),
        std::string("user"), std::string("USER\r\nSASL PLAIN"),
        std::string("USER\0", 5), longest + "A",
        longest + "\n" + longest + "\n" + longest + "\n" + longest + "\n" +
            longest + "\n" + longest})
    CHECK(!lib::valid_capability_lines(bad));
}

TEST(the_capability_reply_lists_all_it_is_given) {
  CHECK_EQUAL(lib::capability_reply("USER\nSASL PLAIN", 0, false).view(),
              "+OK capabilities follow\r\nTOP\r\nUIDL\r\nUSER\r\nSASL PLAIN\r\n"
              "RESP-CODES\r\nAUTH-RESP-CODE\r\nPIPELINING\r\nEXPIRE NEVER\r\n"
              "IMPLEMENTATION popchain\r\n.\r\n");
  const auto delayed = lib::capability_reply("", 300, true);
  CHECK(delayed.view().find("\r\nLOGIN-DELAY 300\r\n") != std::string::npos);
  CHECK(delayed.view().find("\r\nSTLS\r\n") != std::string::npos);
  CHECK(delayed.view().find("USER") == std::string::npos);
}

TEST(the_front_ends_login_delay_is_announced_once) {
  const auto reply = lib::capability_reply("USER\nLOGIN-DELAY 60", 300, false);
  CHECK(reply.view().find("\r\nLOGIN-DELAY 60\r\n") != std::string::npos);
  CHECK(reply.view().find("LOGIN-DELAY 300") == std::string::npos);
}

TEST(the_longest_reply_fits) {
  std::string lines;
  for (int i = 0; i < 5; ++i) lines += std::string(100, 'X') + "\n";
  lines.pop_back();
  const auto reply = lib::capability_reply(lines, 4294967295U, true);
  CHECK(!reply.overflowed());
  CHECK(reply.view().ends_with("\r\n.\r\n"));
}
