// SPDX-License-Identifier: ISC
#include "checkpw/login/name.h"

#include <string>

#include "tests/unit/unit.h"

namespace {

std::string rewritten(const checkpw::NameRules& rules, std::string_view login) {
  checkpw::LoginName name;
  checkpw::rewrite_login(rules, login, name);
  return name.overflowed() ? "overflowed" : std::string(name.view());
}

}  // namespace

TEST(without_rules_a_login_stays) {
  for (const char* login : {"joe", "Joe%B", "Joe@B.org", "@", "a@b@c", ""})
    CHECK_EQUAL(rewritten({}, login), login);
}

TEST(the_last_separator_becomes_an_at_sign) {
  const checkpw::NameRules rules{.separators = "%+"};
  CHECK_EQUAL(rewritten(rules, "joe%b.org"), "joe@b.org");
  CHECK_EQUAL(rewritten(rules, "joe+b.org"), "joe@b.org");
  CHECK_EQUAL(rewritten(rules, "joe+tag%b.org"), "joe+tag@b.org");
  CHECK_EQUAL(rewritten(rules, "joe+tag@b.org"), "joe+tag@b.org");
  CHECK_EQUAL(rewritten(rules, "joe%"), "joe@");
  CHECK_EQUAL(rewritten(rules, "%"), "@");
  CHECK_EQUAL(rewritten(rules, "joe/b.org"), "joe/b.org");
}

TEST(only_ascii_letters_are_folded) {
  const checkpw::NameRules rules{.fold_case = true};
  CHECK_EQUAL(rewritten(rules, "JoE@B.Org"), "joe@b.org");
  CHECK_EQUAL(rewritten(rules, "A[Z`\xc3\x84"), "a[z`\xc3\x84");
}

TEST(listed_domains_are_stripped) {
  const checkpw::NameRules rules{.stripped_domains = "a.org,b.org"};
  CHECK_EQUAL(rewritten(rules, "Joe@a.org"), "Joe");
  CHECK_EQUAL(rewritten(rules, "joe@B.ORG"), "joe");
  CHECK_EQUAL(rewritten(rules, "joe@c.org"), "joe@c.org");
  CHECK_EQUAL(rewritten(rules, "joe@x.a.org"), "joe@x.a.org");
  CHECK_EQUAL(rewritten(rules, "joe@"), "joe@");
  CHECK_EQUAL(rewritten(rules, "@a.org"), "@a.org");
  CHECK_EQUAL(rewritten(rules, "joe@x@a.org"), "joe@x");
}

TEST(a_login_without_a_domain_gets_one) {
  const checkpw::NameRules rules{.domain = "a.org"};
  CHECK_EQUAL(rewritten(rules, "joe"), "joe@a.org");
  CHECK_EQUAL(rewritten(rules, "joe@b.org"), "joe@b.org");
  CHECK_EQUAL(rewritten(rules, "joe@"), "joe@");
}

TEST(the_rules_apply_in_order) {
  const checkpw::NameRules rules{.separators = "%",
                                 .fold_case = true,
                                 .stripped_domains = "old.org",
                                 .domain = "new.org"};
  CHECK_EQUAL(rewritten(rules, "JOE%OLD.ORG"), "joe@new.org");
  CHECK_EQUAL(rewritten(rules, "JOE"), "joe@new.org");
  CHECK_EQUAL(rewritten(rules, "Joe@Other.org"), "joe@other.org");
}

TEST(the_longest_login_and_domain_fit) {
  const std::string login(lib::kCredentialsSize, 'x');
  const std::string domain(checkpw::kLongestDomain, 'd');
  CHECK_EQUAL(rewritten({.domain = domain}, login), login + "@" + domain);
}

TEST(bad_domains_and_separators_are_told) {
  for (const char* good : {"a", "a.org", "my_host", "xn--a-b.org"})
    CHECK(checkpw::is_domain(good) && checkpw::are_domains(good));
  for (const char* bad : {"", "@a.org", "a@b", ".org", "-a", "a b", "a/b",
                          "a:b", "a\n", "\xc3\xa4"})
    CHECK(!checkpw::is_domain(bad) && !checkpw::are_domains(bad));
  CHECK(!checkpw::is_domain(std::string(256, 'a')));
  CHECK(checkpw::are_domains("a.org,b.org"));
  for (const char* bad : {",", "a,", ",a", "a,,b", "a, b"})
    CHECK(!checkpw::are_domains(bad));
  CHECK(checkpw::are_separators("%") && checkpw::are_separators("%+/:!#"));
  for (const char* bad : {"", "@", "%@", "a", "7", ".", "-", " ", "\t", "\x80"})
    CHECK(!checkpw::are_separators(bad));
}
