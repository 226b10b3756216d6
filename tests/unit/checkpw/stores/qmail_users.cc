// SPDX-License-Identifier: ISC
#include "checkpw/stores/qmail_users.h"

#include "tests/unit/fault.h"
#include "tests/unit/unit.h"

using checkpw::Account;
using checkpw::Assignment;
using checkpw::SecretKind;

namespace {

std::string fields(std::initializer_list<std::string_view> parts) {
  std::string data;
  for (const std::string_view part : parts) {
    data += part;
    data += '\0';
  }
  return data;
}

std::string_view fault_of(const std::string& data) {
  return unit::fault_of(checkpw::parse_assignment, data);
}
const char* parse_vpasswd(std::string_view data, Account& account) {
  return checkpw::parse_vpasswd("joe@example.org", data, account);
}
std::string_view vpasswd_fault(std::string_view data) {
  return unit::fault_of(parse_vpasswd, data);
}

}  // namespace

TEST(an_assignment_has_user_ids_and_home) {
  Assignment assignment;
  CHECK(checkpw::parse_assignment(
            fields({"joe", "70001", "70002", "/home/joe", "-", "ext"}),
            assignment) == nullptr);
  CHECK_EQUAL(assignment.user, "joe");
  CHECK_EQUAL(assignment.uid, 70001U);
  CHECK_EQUAL(assignment.gid, 70002U);
  CHECK_EQUAL(assignment.home, "/home/joe");
}

TEST(a_damaged_assignment_names_the_field) {
  CHECK_EQUAL(fault_of(""), "uid");
  CHECK_EQUAL(fault_of(fields({"a", "", "1", "/"})), "uid");
  CHECK_EQUAL(fault_of(fields({"a", "-1", "1", "/"})), "uid");
  CHECK_EQUAL(fault_of(fields({"a", "4294967295", "1", "/"})), "uid");
  CHECK_EQUAL(fault_of(fields({"a", "1", "x", "/"})), "gid");
  CHECK_EQUAL(fault_of(fields({"a", "1", "1", "home"})), "home");
  CHECK_EQUAL(fault_of(fields({"a", "1", "1"})), "home");
}

TEST(keys_are_in_lower_case) {
  CHECK_EQUAL(checkpw::assignment_key("Joe"), std::string("!joe\0", 5));
  CHECK_EQUAL(checkpw::domain_key("Example.COM"), "!example.com-");
}

TEST(a_vpopmail_login_has_name_and_domain) {
  CHECK_EQUAL(checkpw::parse_vpopmail_name("Joe@A.B").name, "joe");
  CHECK_EQUAL(checkpw::parse_vpopmail_name("Joe@A.B").domain, "a.b");
  CHECK_EQUAL(checkpw::parse_vpopmail_name("j%a@b.c").name, "j%a");
  CHECK_EQUAL(checkpw::parse_vpopmail_name("j%a.b").domain, "a.b");
  for (const std::string_view login : {"", "joe", "@a", "joe@", "@", "%"}) {
    CHECK(checkpw::parse_vpopmail_name(login).name.empty());
    CHECK(checkpw::parse_vpopmail_name(login).domain.empty());
  }
}

TEST(a_vpasswd_record_becomes_an_account) {
  Account account;
  CHECK(parse_vpasswd("$1$abcdefgh$5XhrJpGu.bBXAZh4lT8oY/:1:6:Joe:"
                      "/home/joe:5000S:clear",
                      account) == nullptr);
  CHECK(account.kind == SecretKind::Hash);
  CHECK(account.nologin);
  CHECK_EQUAL(account.clear.view(), "clear");
  CHECK_EQUAL(account.home, "/home/joe");
  CHECK(!account.uid && !account.gid);
}

TEST(a_damaged_vpasswd_record_names_the_field) {
  CHECK_EQUAL(vpasswd_fault(""), "flags");
  CHECK_EQUAL(vpasswd_fault("nohash:0:0:g:/:q"), "secret");
  CHECK_EQUAL(vpasswd_fault("!:0:-1:g:/:q"), "flags");
  CHECK_EQUAL(vpasswd_fault("!:0:0:g:home:q"), "home");
  CHECK_EQUAL(vpasswd_fault("!:0:0:g:/:q"), "");
  CHECK_EQUAL(vpasswd_fault(std::string_view("!:0:0:g:/\0:q", 12)),
              "a NUL byte");
}
