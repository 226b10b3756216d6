// SPDX-License-Identifier: ISC
#include <string>

#include "popup/login.h"
#include "tests/unit/unit.h"

using popup::Login;
using popup::Next;
using namespace std::string_literals;

namespace {

constexpr std::string_view kStamp = "<1.2.3@mx>";
constexpr popup::Offer kAll{.apop = true, .cram_md5 = true};

// Feeds text; what the last octet led to.
Next feed(Login& login, std::string_view text) {
  Next next = Next::Octet;
  for (const char c : text) next = login.octet(c);
  return next;
}

// The only answer of a fresh login to text.
std::string answer(std::string_view text, const popup::Offer& offer = kAll) {
  Login login(offer, kStamp, 0);
  feed(login, text);
  return std::string(login.reply());
}

}  // namespace

TEST(user_and_pass_make_credentials) {
  Login login(kAll, kStamp, 0);
  CHECK(feed(login, "uSeR  joe \r\n") == Next::Line);
  CHECK(feed(login, "PASS  a b \n") == Next::Authenticate);
  CHECK(login.reply().empty());
  CHECK_EQUAL(login.credentials().login, " joe ");
  CHECK_EQUAL(login.credentials().secret, " a b ");
  CHECK(login.credentials().mechanism == lib::Mechanism::Pass);
  CHECK_EQUAL(login.shown(), "PASS <hidden>");
}

TEST(every_sasl_mechanism_makes_credentials) {
  Login plain(kAll, kStamp, 0);
  CHECK(feed(plain, "AUTH PLAIN AGpvZQBzZWNyZXQ=\r\n") == Next::Authenticate);
  CHECK_EQUAL(plain.credentials().login, "joe");
  CHECK_EQUAL(plain.credentials().secret, "secret");
  Login login(kAll, kStamp, 0);
  feed(login, "AUTH LOGIN\r\n");
  CHECK_EQUAL(login.reply(), "+ VXNlcm5hbWU6\r\n");
  feed(login, "am9l\r\n");
  CHECK_EQUAL(login.reply(), "+ UGFzc3dvcmQ6\r\n");
  CHECK(feed(login, "c2VjcmV0\r\n") == Next::Authenticate);
  CHECK_EQUAL(login.credentials().login, "joe");
  Login cram(kAll, kStamp, 0);
  feed(cram, "AUTH CRAM-MD5\r\n");
  CHECK_EQUAL(cram.reply(), "+ PDEuMi4zQG14Pg==\r\n");
  // RFC 2195 section 2.
  CHECK(feed(cram, "dGltIGI5MTNhNjAyYzdlZGE3YTQ5NWI0ZTZlNzMzNGQzODkw\r\n") ==
        Next::Authenticate);
  CHECK_EQUAL(cram.credentials().login, "tim");
  CHECK_EQUAL(cram.credentials().secret, "b913a602c7eda7a495b4e6e7334d3890");
  CHECK_EQUAL(cram.credentials().timestamp, kStamp);
}

TEST(what_is_not_offered_is_refused) {
  const popup::Offer none{.plain = false, .login = false};
  for (const char* command :
       {"APOP joe 0123456789abcdef0123456789abcdef\r\n", "AUTH PLAIN\r\n",
        "AUTH LOGIN\r\n", "AUTH CRAM-MD5\r\n"}) {
    CHECK(answer(command, none).starts_with("-ERR "));
    CHECK(!answer(command).starts_with("-ERR "));
  }
  CHECK_EQUAL(answer("AUTH \r\n", none), "+OK mechanisms follow\r\n.\r\n");
}

TEST(stls_is_answered_where_it_is_offered) {
  popup::Offer offer = kAll;
  CHECK(answer("STLS\r\n", offer).starts_with("-ERR "));
  CHECK(answer("CAPA\r\n", offer).find("STLS") == std::string::npos);
  offer.stls = true;
  CHECK(answer("CAPA\r\n", offer).find("\r\nSTLS\r\n") != std::string::npos);
  CHECK(answer("STLS now\r\n", offer).starts_with("-ERR "));
  Login login(offer, kStamp, 0);
  CHECK(feed(login, "USER joe\r\n") == Next::Line);
  CHECK(feed(login, "stls \r\n") == Next::StartTls);
  CHECK_EQUAL(login.reply(), "+OK begin TLS\r\n");
  CHECK_EQUAL(login.shown(), "STLS");
}

TEST(before_a_tls_that_is_required_nobody_logs_in) {
  popup::Offer offer = kAll;
  offer.locked = true;
  for (const char* command :
       {"USER joe\r\n", "PASS x\r\n", "AUTH\r\n", "AUTH PLAIN\r\n",
        "AUTH PLAIN AGpvZQBzZWNyZXQ=\r\n", "AUTH CRAM-MD5\r\n",
        "APOP joe 0123456789abcdef0123456789abcdef\r\n"})
    CHECK(answer(command, offer).starts_with("-ERR not before TLS"));
  CHECK(answer("CAPA\r\n", offer).find("\r\nUSER\r\n") == std::string::npos);
  CHECK(answer("CAPA\r\n", offer).find("SASL") == std::string::npos);
  CHECK(answer("QUIT\r\n", offer).starts_with("+OK"));
  // The broker asks the offer again.
  for (const auto mechanism :
       {lib::Mechanism::Pass, lib::Mechanism::Apop, lib::Mechanism::Plain})
    CHECK(!offer.has(mechanism));
  CHECK_EQUAL(popup::handed_capabilities(offer).view(),
              popup::handed_capabilities(kAll).view());
}

TEST(nothing_is_cut_and_run) {
  const std::string line = "QUIT" + std::string(250, ' ');
  CHECK_EQUAL(answer(line.substr(0, 253) + "\r\n"), "+OK bye\r\n");
  CHECK(answer(line + "\r\n").starts_with("-ERR "));
  CHECK(answer("QUIT\0\r\n"s).starts_with("-ERR "));
  CHECK(answer("QUIT\0"s + std::string(20000, 'x') + "\r\n")
            .starts_with("-ERR "));
  CHECK(answer("QUIT\r").empty());
}

// A login of a line that is kept whole, with what may follow it.
TEST(nothing_of_auth_is_cut_and_run) {
  const std::string login = "AUTH PLAIN AGpvZQBzZWNyZXQ=";
  const auto padded = [&](size_t octets) {
    return login + std::string(octets - login.size(), ' ');
  };
  for (const size_t octets : {100, 766, 767, 768, 769, 770, 12284}) {
    const std::string line = padded(octets);
    for (const char* end : {"\n", "\r\n", " \r\n"}) {
      Login whole(kAll, kStamp, 0);
      CHECK(feed(whole, line + end) == Next::Authenticate);
      CHECK_EQUAL(whole.credentials().secret, "secret");
    }
    for (const char* end : {"x\r\n", "\r \n", "\r\r\n", " =\r\n"}) {
      Login cut(kAll, kStamp, 0);
      CHECK(feed(cut, line + end) == Next::Line);
      CHECK_EQUAL(cut.reply(), "-ERR not base 64, or too long\r\n");
      CHECK_EQUAL(cut.shown(), "AUTH <hidden>");
      feed(cut, "USER x\r\n");
      CHECK_EQUAL(cut.reply(), "+OK now PASS\r\n");
    }
  }
}

TEST(nothing_of_a_response_is_cut_and_run) {
  for (const size_t octets : {100, 766, 767, 768, 769, 770, 12280}) {
    Login login(kAll, kStamp, 0);
    feed(login, "AUTH PLAIN\r\n");
    const std::string response = "AGpvZQBzZWNyZXQ=";
    feed(login,
         response + std::string(octets - response.size(), ' ') + "x\r\n");
    CHECK_EQUAL(login.reply(), "-ERR not base 64, or too long\r\n");
    CHECK_EQUAL(login.shown(), "<hidden>");
  }
}

TEST(a_long_auth_is_answered_by_its_beginning) {
  const std::string token(1600, 'A');
  CHECK_EQUAL(answer("AUTH XOAUTH2 " + token + "\r\n"),
              "-ERR this mechanism is not offered\r\n");
  CHECK_EQUAL(answer("AUTH CRAM-MD5 " + token + "\r\n"),
              "-ERR CRAM-MD5 has no initial response\r\n");
  CHECK_EQUAL(answer("AUTH PLAIN " + token + "\r\n", {.locked = true}),
              "-ERR not before TLS: use STLS\r\n");
  CHECK_EQUAL(answer("AUTH" + std::string(2000, ' ') + "\r\n"),
              answer("AUTH\r\n"));
  // What follows the spaces was not kept.
  CHECK(answer("AUTH" + std::string(2000, ' ') + "PLAIN\r\n")
            .starts_with("-ERR "));
}

TEST(a_long_exchange_ends_and_commands_follow) {
  Login login(kAll, kStamp, 0);
  feed(login, "AUTH LOGIN am9l\r\n");
  CHECK(feed(login, std::string(20000, 'A') + "\r\n") == Next::Line);
  CHECK(login.reply().starts_with("-ERR "));
  feed(login, "PASS secret\r\n");
  CHECK(login.reply().starts_with("-ERR "));
  feed(login, "USER x\r\n");
  CHECK_EQUAL(login.reply(), "+OK now PASS\r\n");
}

TEST(bad_commands_are_counted_over_all_tries) {
  Login login(kAll, kStamp, 19);
  CHECK(feed(login, "BAD\r\n") == Next::Line);
  CHECK_EQUAL(login.bad_commands(), 20U);
  CHECK(feed(login, "USER x\r\n") == Next::Line);
  CHECK(feed(login, "BAD\r\n") == Next::Close);
}

TEST(commands_of_a_session_are_refused_before_the_login) {
  for (const std::string command :
       {"NOOP", "STAT", "LIST", "RETR 1", "DELE 1", "RSET", "TOP 1 0", "UIDL",
        "LAST", "XTND XLIST Subject"})
    CHECK(answer(command + "\r\n").starts_with("-ERR "));
}

TEST(any_number_of_spaces_stands_between_words) {
  const std::string digest = "0123456789abcdef0123456789abcdef";
  for (const std::string& line :
       {"AUTH  PLAIN  AGpvZQBzZWNyZXQ="s, "auth   plain AGpvZQBzZWNyZXQ=  "s,
        "APOP  joe   " + digest + " "}) {
    Login login(kAll, kStamp, 0);
    CHECK(feed(login, line + "\r\n") == Next::Authenticate);
    CHECK_EQUAL(login.credentials().login, "joe");
  }
  CHECK_EQUAL(answer("AUTH  LOGIN\r\n"), answer("AUTH LOGIN\r\n"));
  CHECK_EQUAL(answer("AUTH   \r\n"), answer("AUTH\r\n"));
  Login login(kAll, kStamp, 0);
  feed(login, "APOP  a  b  " + digest + "\r\n");
  CHECK_EQUAL(login.credentials().login, "a  b");
}

TEST(credentials_that_fit_no_record_are_refused) {
  // 250 octets of login, 248 of password: 512 with the stamp is too short.
  Login login(kAll, kStamp, 0);
  feed(login, "USER " + std::string(248, 'u') + "\r\n");
  CHECK(feed(login, "PASS " + std::string(248, 'p') + "\r\n") == Next::Line);
  CHECK(login.reply().starts_with("-ERR "));
  CHECK(feed(login, "PASS " + std::string(240, 'p') + "\r\n") ==
        Next::Authenticate);
}

TEST(mistyped_commands_are_not_shown) {
  Login login(kAll, kStamp, 0);
  for (const char* line : {"PASSsecret\r\n", " PASS secret\r\n", "secret\r\n",
                           "PASS\tsecret\r\n"}) {
    feed(login, line);
    CHECK(login.shown().find("secret") == std::string::npos);
  }
  feed(login, "AUTH PLAIN secret\r\n");
  CHECK_EQUAL(login.shown(), "AUTH <hidden>");
}
