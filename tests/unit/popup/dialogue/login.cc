// SPDX-License-Identifier: ISC
#include "popup/dialogue/login.h"

#include <string>

#include "tests/unit/unit.h"

using popup::Login;
using popup::Next;
using namespace std::string_literals;

namespace {

constexpr std::string_view kStamp = "<1.2.3@mx>";
constexpr popup::Offer kAll{.apop = true, .cram_md5 = true};

// Feeds text; returns the result of the last octet.
Next feed(Login& login, std::string_view text) {
  Next next = Next::Octet;
  for (const char c : text) next = login.feed(c);
  return next;
}

// The answer of a new Login to text.
std::string answer(std::string_view text, const popup::Offer& offer = kAll) {
  Login login(offer, kStamp, {});
  feed(login, text);
  return std::string(login.reply());
}

// True if text ends in a failed try of that mechanism, without credentials for
// the checker.
bool is_malformed(Login& login, std::string_view text,
                  lib::Mechanism mechanism) {
  return feed(login, text) == Next::Authenticate &&
         login.credentials().mechanism == mechanism &&
         login.credentials().login.empty() &&
         login.credentials().secret.empty() && login.reply().empty();
}

}  // namespace

TEST(user_and_pass_make_credentials) {
  Login login(kAll, kStamp, {});
  CHECK(feed(login, "uSeR  joe \r\n") == Next::Line);
  CHECK(feed(login, "PASS  a b \n") == Next::Authenticate);
  CHECK(login.reply().empty());
  CHECK_EQUAL(login.credentials().login, " joe ");
  CHECK_EQUAL(login.credentials().secret, " a b ");
  CHECK(login.credentials().mechanism == lib::Mechanism::Pass);
  CHECK_EQUAL(login.shown(), "PASS <hidden>");
}

TEST(every_sasl_mechanism_makes_credentials) {
  Login plain(kAll, kStamp, {});
  CHECK(feed(plain, "AUTH PLAIN AGpvZQBzZWNyZXQ=\r\n") == Next::Authenticate);
  CHECK_EQUAL(plain.credentials().login, "joe");
  CHECK_EQUAL(plain.credentials().secret, "secret");
  Login login(kAll, kStamp, {});
  feed(login, "AUTH LOGIN\r\n");
  CHECK_EQUAL(login.reply(), "+ VXNlcm5hbWU6\r\n");
  feed(login, "am9l\r\n");
  CHECK_EQUAL(login.reply(), "+ UGFzc3dvcmQ6\r\n");
  CHECK(feed(login, "c2VjcmV0\r\n") == Next::Authenticate);
  CHECK_EQUAL(login.credentials().login, "joe");
  Login cram(kAll, kStamp, {});
  feed(cram, "AUTH CRAM-MD5\r\n");
  CHECK_EQUAL(cram.reply(), "+ PDEuMi4zQG14Pg==\r\n");
  // RFC 2195 section 2.
  CHECK(feed(cram, "dGltIGI5MTNhNjAyYzdlZGE3YTQ5NWI0ZTZlNzMzNGQzODkw\r\n") ==
        Next::Authenticate);
  CHECK_EQUAL(cram.credentials().login, "tim");
  CHECK_EQUAL(cram.credentials().secret, "b913a602c7eda7a495b4e6e7334d3890");
  CHECK_EQUAL(cram.credentials().timestamp, kStamp);
}

TEST(commands_not_offered_are_refused) {
  const popup::Offer none{.plain = false, .login = false};
  for (const char* command :
       {"APOP joe 0123456789abcdef0123456789abcdef\r\n", "AUTH PLAIN\r\n",
        "AUTH LOGIN\r\n", "AUTH CRAM-MD5\r\n"}) {
    CHECK(answer(command, none).starts_with("-ERR "));
    CHECK(!answer(command).starts_with("-ERR "));
  }
  CHECK_EQUAL(answer("AUTH \r\n", none), "+OK mechanisms follow\r\n.\r\n");
}

TEST(stls_is_accepted_only_if_offered) {
  popup::Offer offer = kAll;
  CHECK(answer("STLS\r\n", offer).starts_with("-ERR "));
  CHECK(answer("CAPA\r\n", offer).find("STLS") == std::string::npos);
  offer.stls = true;
  CHECK(answer("CAPA\r\n", offer).find("\r\nSTLS\r\n") != std::string::npos);
  CHECK(answer("STLS now\r\n", offer).starts_with("-ERR "));
  Login login(offer, kStamp, {});
  CHECK(feed(login, "USER joe\r\n") == Next::Line);
  CHECK(feed(login, "stls \r\n") == Next::StartTls);
  CHECK_EQUAL(login.reply(), "+OK begin TLS\r\n");
  CHECK_EQUAL(login.shown(), "STLS");
}

TEST(nobody_logs_in_before_required_tls) {
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
  CHECK_EQUAL(popup::announced_lines(offer).view(),
              popup::announced_lines(kAll).view());
}

TEST(a_truncated_command_is_never_run) {
  const std::string line = "QUIT" + std::string(250, ' ');
  CHECK_EQUAL(answer(line.substr(0, 253) + "\r\n"), "+OK bye\r\n");
  CHECK(answer(line + "\r\n").starts_with("-ERR "));
  CHECK(answer("QUIT\0\r\n"s).starts_with("-ERR "));
  CHECK(answer("QUIT\0"s + std::string(20000, 'x') + "\r\n")
            .starts_with("-ERR "));
  CHECK(answer("QUIT\r").empty());
}

// Spaces after the data may be dropped; anything else there makes the try fail.
TEST(a_truncated_auth_line_is_never_run) {
  const std::string login = "AUTH PLAIN AGpvZQBzZWNyZXQ=";
  const auto padded = [&](size_t octets) {
    return login + std::string(octets - login.size(), ' ');
  };
  for (const size_t octets : {100, 766, 767, 768, 769, 770, 12284}) {
    const std::string line = padded(octets);
    for (const char* end : {"\n", "\r\n", " \r\n"}) {
      Login whole(kAll, kStamp, {});
      CHECK(feed(whole, line + end) == Next::Authenticate);
      CHECK_EQUAL(whole.credentials().secret, "secret");
    }
    for (const char* end : {"x\r\n", "\r \n", "\r\r\n", " =\r\n"}) {
      Login cut(kAll, kStamp, {});
      CHECK(is_malformed(cut, line + end, lib::Mechanism::Plain));
      CHECK_EQUAL(cut.shown(), "AUTH <hidden>");
      feed(cut, "USER x\r\n");
      CHECK_EQUAL(cut.reply(), "+OK now PASS\r\n");
    }
  }
}

TEST(a_truncated_response_is_never_run) {
  for (const size_t octets : {100, 766, 767, 768, 769, 770, 12280}) {
    Login login(kAll, kStamp, {});
    feed(login, "AUTH PLAIN\r\n");
    const std::string response = "AGpvZQBzZWNyZXQ=";
    CHECK(is_malformed(
        login, response + std::string(octets - response.size(), ' ') + "x\r\n",
        lib::Mechanism::Plain));
    CHECK_EQUAL(login.shown(), "<hidden>");
  }
}

TEST(a_long_auth_line_is_answered_by_its_start) {
  const std::string token(1600, 'A');
  CHECK_EQUAL(answer("AUTH XOAUTH2 " + token + "\r\n"),
              "-ERR this mechanism is not offered\r\n");
  CHECK_EQUAL(answer("AUTH PLAIN " + token + "\r\n", {.locked = true}),
              "-ERR not before TLS: use STLS\r\n");
  CHECK_EQUAL(answer("AUTH" + std::string(2000, ' ') + "\r\n"),
              answer("AUTH\r\n"));
  // The octets after the spaces were dropped.
  CHECK(answer("AUTH" + std::string(2000, ' ') + "PLAIN\r\n")
            .starts_with("-ERR "));
}

TEST(an_overlong_response_ends_the_exchange) {
  Login login(kAll, kStamp, {});
  feed(login, "AUTH LOGIN am9l\r\n");
  CHECK(is_malformed(login, std::string(20000, 'A') + "\r\n",
                     lib::Mechanism::Login));
  feed(login, "PASS secret\r\n");
  CHECK(login.reply().starts_with("-ERR "));
  feed(login, "USER x\r\n");
  CHECK_EQUAL(login.reply(), "+OK now PASS\r\n");
}

TEST(bad_commands_are_counted_over_all_tries) {
  Login login(kAll, kStamp, {.bad_commands = 19});
  CHECK(feed(login, "BAD\r\n") == Next::Line);
  CHECK_EQUAL(login.tally().bad_commands, 20U);
  CHECK(feed(login, "USER x\r\n") == Next::Line);
  CHECK(feed(login, "BAD\r\n") == Next::Close);
}

TEST(commands_of_a_session_are_refused_before_the_login) {
  for (const std::string command :
       {"NOOP", "STAT", "LIST", "RETR 1", "DELE 1", "RSET", "TOP 1 0", "UIDL",
        "LAST", "XTND XLIST Subject"})
    CHECK(answer(command + "\r\n").starts_with("-ERR "));
}

TEST(words_may_be_separated_by_several_spaces) {
  const std::string digest = "0123456789abcdef0123456789abcdef";
  for (const std::string& line :
       {"AUTH  PLAIN  AGpvZQBzZWNyZXQ="s, "auth   plain AGpvZQBzZWNyZXQ=  "s,
        "APOP  joe   " + digest + " "}) {
    Login login(kAll, kStamp, {});
    CHECK(feed(login, line + "\r\n") == Next::Authenticate);
    CHECK_EQUAL(login.credentials().login, "joe");
  }
  CHECK_EQUAL(answer("AUTH  LOGIN\r\n"), answer("AUTH LOGIN\r\n"));
  CHECK_EQUAL(answer("AUTH   \r\n"), answer("AUTH\r\n"));
  Login login(kAll, kStamp, {});
  feed(login, "APOP  a  b  " + digest + "\r\n");
  CHECK_EQUAL(login.credentials().login, "a  b");
}

TEST(malformed_authentication_data_is_a_failed_try) {
  using lib::Mechanism;
  struct Row {
    std::string text;
    Mechanism mechanism;
  };
  const std::string digits(32, '0');
  for (const auto& [text, mechanism] : {
           Row{"AUTH PLAIN x", Mechanism::Plain},
           Row{"AUTH PLAIN =", Mechanism::Plain},
           Row{"AUTH PLAIN AGpv\0"s, Mechanism::Plain},
           Row{"AUTH PLAIN " + std::string(13000, 'A'), Mechanism::Plain},
           Row{"AUTH PLAIN\r\n", Mechanism::Plain},
           Row{"AUTH PLAIN\r\nCAPA", Mechanism::Plain},
           // NUL in the password; no password; another's authzid.
           Row{"AUTH PLAIN AGpvZQBzZWNyAGV0", Mechanism::Plain},
           Row{"AUTH PLAIN AGpvZQA=", Mechanism::Plain},
           Row{"AUTH PLAIN cm9vdABqb2UAc2VjcmV0", Mechanism::Plain},
           Row{"AUTH LOGIN =", Mechanism::Login},
           Row{"AUTH LOGIN am9l\r\n=", Mechanism::Login},
           Row{"AUTH LOGIN am9l\r\n\0"s, Mechanism::Login},
           Row{"AUTH CRAM-MD5 am9l", Mechanism::CramMd5},
           Row{"AUTH CRAM-MD5 =", Mechanism::CramMd5},
           Row{"AUTH CRAM-MD5\r\nam9l", Mechanism::CramMd5},
           Row{"APOP joe", Mechanism::Apop},
           Row{"APOP joe " + digits + "0", Mechanism::Apop},
           Row{"APOP joe g" + digits.substr(1), Mechanism::Apop},
       }) {
    Login login(kAll, kStamp, {});
    CHECK(is_malformed(login, text + "\r\n", mechanism));
    CHECK_EQUAL(login.tally().bad_commands, 0U);
    // It leaves no name for PASS.
    CHECK(feed(login, "PASS x\r\n") == Next::Line);
  }
}

TEST(cancelling_counts_as_a_bad_command_not_as_a_try) {
  Login login(kAll, kStamp, {});
  for (unsigned i = 1; i <= popup::kBadCommands; ++i) {
    CHECK(feed(login, "AUTH LOGIN am9l\r\n*\r\n") == Next::Line);
    CHECK_EQUAL(login.tally().bad_commands, i);
  }
  CHECK(feed(login, "AUTH PLAIN *\r\n") == Next::Close);
  CHECK(login.reason() == popup::CloseReason::BadCommands);
}

TEST(more_than_100_lines_end_the_connection) {
  Login login(kAll, kStamp, {.lines = 97});
  CHECK(feed(login, "CAPA\r\nAUTH LOGIN\r\nam9l\r\n") == Next::Line);
  CHECK_EQUAL(login.tally().lines, 100U);
  CHECK(feed(login, "c2VjcmV0\r\n") == Next::Close);
  CHECK(login.reason() == popup::CloseReason::Lines);
  CHECK(login.reply().starts_with("-ERR "));
  CHECK_EQUAL(login.shown(), "(not run, 10 octets)");
}

TEST(more_than_65536_octets_end_the_connection) {
  Login login(kAll, kStamp, {});
  const std::string line = "AUTH PLAIN " + std::string(12275, 'A') + "\r\n";
  CHECK_EQUAL(line.size(), popup::kLongestAuthLine);
  for (int i = 0; i < 3; ++i) CHECK(feed(login, line) == Next::Authenticate);
  const std::string rest(popup::kMostOctets - login.tally().octets, 'x');
  CHECK(feed(login, rest) == Next::Octet);
  CHECK(feed(login, "x") == Next::Close);
  CHECK(login.reason() == popup::CloseReason::Octets);
  CHECK(login.reply().starts_with("-ERR "));
}

TEST(a_tls_client_hello_ends_the_connection_at_once) {
  Login login(kAll, kStamp, {});
  CHECK(feed(login, "\x16\x03") == Next::Close);
  CHECK(login.reason() == popup::CloseReason::TlsHello);
  CHECK(login.reply().starts_with("-ERR "));
  Login later(kAll, kStamp, {.lines = 1, .octets = 6});
  CHECK(feed(later, "\x16\x03") == Next::Octet);
}

TEST(credentials_too_long_for_a_record_are_refused) {
  // 248 octets of login and of password do not fit into 512 with the stamp.
  Login login(kAll, kStamp, {});
  feed(login, "USER " + std::string(248, 'u') + "\r\n");
  CHECK(is_malformed(login, "PASS " + std::string(248, 'p') + "\r\n",
                     lib::Mechanism::Pass));
  feed(login, "USER " + std::string(248, 'u') + "\r\n");
  CHECK(feed(login, "PASS " + std::string(240, 'p') + "\r\n") ==
        Next::Authenticate);
}

TEST(mistyped_commands_are_hidden_in_the_trace) {
  Login login(kAll, kStamp, {});
  for (const char* line : {"PASSsecret\r\n", " PASS secret\r\n", "secret\r\n",
                           "PASS\tsecret\r\n"}) {
    feed(login, line);
    CHECK(login.shown().find("secret") == std::string::npos);
  }
  feed(login, "AUTH PLAIN secret\r\n");
  CHECK_EQUAL(login.shown(), "AUTH <hidden>");
}
