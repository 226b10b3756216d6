// SPDX-License-Identifier: ISC

#include "checkpw/stores/passwd_file.h"

#include <initializer_list>
#include <string>

#include "tests/unit/fault.h"
#include "tests/unit/unit.h"

using checkpw::Account;
using checkpw::Lookup;
using checkpw::PasswdScan;
using checkpw::SecretKind;

namespace {

constexpr std::string_view kMd5 = "$1$abcdefgh$5XhrJpGu.bBXAZh4lT8oY/";

PasswdScan::State scan(std::string_view login, Lookup& into,
                       std::initializer_list<std::string_view> lines) {
  PasswdScan passwd(login, into);
  for (const std::string_view line : lines) passwd.show(line, true);
  return passwd.state();
}

const char* parse_joe(std::string_view fields, Account& account) {
  return checkpw::parse_account("joe@example.org", fields, account);
}

std::string_view fault_of(std::string_view fields) {
  return unit::fault_of(parse_joe, fields);
}

}  // namespace

TEST(a_line_becomes_an_account) {
  Lookup lookup;
  CHECK(
      scan("joe", lookup,
           {"joe:{PLAIN}a:70001:mail:Joe, Jr:/home/joe:/bin/zsh:"
            "userdb_mail=maildir:~/M:X=y nologin allow_nets=::1,10.0.0.0/8"}) ==
      PasswdScan::State::Found);
  const Account& account = lookup.account;
  CHECK(lookup.found);
  CHECK(account.kind == SecretKind::Plain);
  CHECK_EQUAL(account.stored.view(), "a");
  CHECK_EQUAL(account.uid.value_or(0), 70001U);
  CHECK(!account.gid);
  CHECK_EQUAL(account.gid_name, "mail");
  CHECK_EQUAL(account.home, "/home/joe");
  CHECK_EQUAL(account.shell, "/bin/zsh");
  CHECK_EQUAL(account.maildir, "/home/joe/M");
  CHECK_EQUAL(account.allow_nets, "::1,10.0.0.0/8");
  CHECK(account.nologin && account.limited_nets && !account.expired);
  CHECK(!account.has_system_groups);
}

TEST(the_first_line_of_a_login_counts) {
  Lookup lookup;
  CHECK(scan("joe", lookup,
             {"#joe:{PLAIN}0:1:1::/", "jo:{PLAIN}1:1:1::/", "",
              "joe:{PLAIN}2:1:1::/", "joe:{PLAIN}3:1:1::/", "joe:bad"}) ==
        PasswdScan::State::Found);
  CHECK_EQUAL(lookup.account.stored.view(), "2");
}

TEST(a_login_found_in_an_earlier_store_is_kept) {
  Lookup lookup;
  lookup.found = true;
  CHECK(scan("joe", lookup, {"joe:{PLAIN}2:1:1::/", "joe:bad"}) ==
        PasswdScan::State::Absent);
  CHECK(lookup.account.stored.empty());
}

TEST(the_first_hash_is_the_dummy_of_every_login) {
  for (const std::string_view login : {"a", "d", "nobody"}) {
    Lookup lookup;
    scan(login, lookup,
         {"a:{PLAIN}x:1:1::/", "b:!$1$abcdefgh$xxxxxxxxxxxxxxxxxxxxxx:1:1::/",
          "d:{CRYPT}$1$abcdefgh$5XhrJpGu.bBXAZh4lT8oY/:1:1::/",
          "e:abnqrLigH.z/s:1:1::/"});
    CHECK_EQUAL(lookup.dummy.view(), kMd5);
  }
}

TEST(faults_name_their_field) {
  CHECK_EQUAL(fault_of("{PLAIN}a:1:1::/"), "");
  CHECK_EQUAL(fault_of("{PLAIN}a:::::"), "home");
  CHECK_EQUAL(fault_of("{PLAIN}a"), "home");
  CHECK_EQUAL(fault_of("{X}a:1:1::/"), "secret");
  CHECK_EQUAL(fault_of("{PLAIN}a:4294967295:1::/"), "uid");
  CHECK_EQUAL(fault_of("{PLAIN}a:1:4294967295::/"), "gid");
  CHECK_EQUAL(fault_of("{PLAIN}a:1:1::/::allow_nets=x"), "allow_nets");
  CHECK_EQUAL(fault_of(std::string_view("{PLAIN}a\0b:1:1::/", 17)),
              "a NUL byte");
}

TEST(a_mail_location_is_expanded_as_by_dovecot) {
  struct Case {
    std::string_view location, maildir;
  };
  for (const auto& [location, maildir] :
       {Case{"/m/%d/%n", "/m/example.org/joe"},
        {"%h/M", "/home/joe/M"},
        {"/m/%u/x%%y", "/m/joe@example.org/x%y"},
        {"~", "/home/joe"},
        {"~/M:INDEX=/i", "/home/joe/M"},
        {"M~/%n", "M~/joe"}}) {
    Account account;
    const std::string fields =
        "{PLAIN}a:1:1::/home/joe::userdb_mail=maildir:" + std::string(location);
    CHECK(parse_joe(fields, account) == nullptr);
    CHECK_EQUAL(account.maildir, maildir);
  }
}

TEST(a_variable_of_a_mail_location_must_be_a_file_name) {
  struct Case {
    std::string_view login, location;
  };
  for (const auto& [login, location] : {Case{"joe", "/%n/%d"},
                                        {"joe@", "/%d"},
                                        {"@example.org", "/%n"},
                                        {"..", "/%u"},
                                        {".@example.org", "/%n"},
                                        {"joe@..", "/%d"},
                                        {"../ann", "/%u"},
                                        {"joe@a/b", "/%d"}}) {
    Account account;
    const std::string fields =
        "{PLAIN}a:1:1::/::userdb_mail=maildir:" + std::string(location);
    const char* fault = checkpw::parse_account(login, fields, account);
    CHECK_EQUAL(std::string_view(fault != nullptr ? fault : ""), "userdb_mail");
  }
}

TEST(a_mail_location_of_another_format_is_damaged) {
  for (const std::string_view location :
       {"mbox:/m", "sdbox:~/m", "mdbox:/m", "imapc:", "dbox:/m", "/m", "~/m",
        "", "maildir", "maildir:", "Maildir:/m", "maildir:~ann/m",
        "maildir:/m/%L", "maildir:/m/%", "maildir:/%{user}"}) {
    const std::string fields =
        "{PLAIN}a:1:1::/::x userdb_mail=" + std::string(location);
    CHECK_EQUAL(fault_of(fields), "userdb_mail");
  }
}

TEST(an_over_expensive_hash_is_damaged) {
  CHECK_EQUAL(fault_of("$6$rounds=999999999$abcdefgh$abcdefghijkl:1:1::/"),
              "setting");
  Lookup lookup;
  scan("nobody", lookup,
       {"a:$6$rounds=999999999$abcdefgh$abcdefghijkl:1:1::/"});
  CHECK(lookup.dummy.view().starts_with("$y$j9T$"));
}

TEST(a_login_between_blanks_is_damaged_for_that_login_only) {
  using State = PasswdScan::State;
  for (const std::string_view line :
       {" joe:{PLAIN}a:1:1::/", "joe\t:{PLAIN}a:1:1::/",
        "\x01joe:{PLAIN}a:1:1::/", "joe\x7f:{PLAIN}a:1:1::/",
        "\xef\xbb\xbfjoe:{PLAIN}a:1:1::/", "joe\r:{PLAIN}a:1:1::/"}) {
    Lookup lookup;
    PasswdScan passwd("joe", lookup);
    passwd.show(line, true);
    CHECK(passwd.state() == State::Damaged);
    CHECK_EQUAL(std::string_view(passwd.reason()), "login");
    CHECK(scan("jo", lookup, {line}) == State::Absent);
  }
  Lookup spaced;
  CHECK(scan(" joe", spaced, {" joe:{PLAIN}a:1:1::/"}) == State::Damaged);
  Lookup inside;
  CHECK(scan("j oe", inside, {"j oe:{PLAIN}a:1:1::/\r"}) == State::Found);
}

TEST(an_exact_line_after_a_login_between_blanks_counts) {
  using State = PasswdScan::State;
  Lookup lookup;
  CHECK(scan("joe", lookup, {" joe:{PLAIN}1:1:1::/", "joe:{PLAIN}2:1:1::/"}) ==
        State::Found);
  CHECK_EQUAL(lookup.account.stored.view(), "2");
  Lookup damaged;
  PasswdScan passwd("joe", damaged);
  for (const std::string_view line :
       {"#", " joe:{PLAIN}1:1:1::/", "joe:{X}2:1:1::/", "joe:{PLAIN}3:1:1::/"})
    passwd.show(line, true);
  CHECK(passwd.state() == State::Damaged);
  CHECK_EQUAL(std::string_view(passwd.reason()), "secret");
  CHECK_EQUAL(passwd.line(), 3U);
}

TEST(a_damaged_line_fails_only_its_own_login) {
  Lookup lookup;
  PasswdScan passwd("joe", lookup);
  passwd.show("ann:{X}:x", true);
  passwd.show("ann:{PLAIN}cut", false);
  CHECK(passwd.state() == PasswdScan::State::Absent);
  passwd.show("joe:{PLAIN}cut:1:1::/", false);
  CHECK(passwd.state() == PasswdScan::State::Damaged);
  CHECK_EQUAL(std::string_view(passwd.reason()), "length");
}

TEST(a_login_without_a_second_field_is_not_an_account) {
  Lookup lookup;
  CHECK(scan("joe", lookup, {"joe", "joe "}) == PasswdScan::State::Absent);
}
