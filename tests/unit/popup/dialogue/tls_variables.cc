// SPDX-License-Identifier: ISC
#include "popup/dialogue/tls_variables.h"

#include <string>
#include <vector>

#include "tests/unit/unit.h"

namespace {

using popup::TlsBlockEnd;
using popup::TlsVariables;
using State = TlsBlockEnd::State;

template <size_t Size>
std::string block(const char (&text)[Size]) {
  return {text, Size - 1};
}

// The changes of the environment: name=value or -name, each followed by a
// comma.
std::string exported(const std::string& bytes) {
  TlsVariables variables(bytes);
  std::string all;
  while (const auto variable = variables.next()) {
    all += variable->value ? "" : "-";
    all += variable->name;
    if (variable->value) all.append("=").append(*variable->value);
    all += ',';
  }
  return all;
}

State state_of(const std::string& bytes) {
  TlsBlockEnd end;
  return end.feed(bytes);
}

}  // namespace

TEST(a_block_in_any_portions_ends_with_two_nuls) {
  const std::string bytes = block("SSL_PROTOCOL=TLSv1.3\0SSL_CIPHER=AES\0\0");
  for (size_t portion = 1; portion <= bytes.size(); ++portion) {
    TlsBlockEnd end;
    for (size_t at = 0; at < bytes.size(); at += portion) {
      CHECK(end.state() == State::More);
      end.feed(std::string_view(bytes).substr(at, portion));
    }
    CHECK(end.state() == State::Complete);
    CHECK_EQUAL(end.size(), bytes.size());
  }
}

TEST(the_paths_of_certificates_are_not_exported) {
  CHECK_EQUAL(exported(block("SSL_CERT_FILE=/a\0SSL_CERT_DIR\0SSL_CERT_DIR=/\0"
                             "SSL_CERT_FILES=b\0\0")),
              "SSL_CERT_FILES=b,");
}

TEST(an_entry_without_equals_sign_may_only_unset) {
  using popup::find_senseless_entry;
  CHECK(!find_senseless_entry(
      block("SSL_PROTOCOL=a\0SSL_TLS_SNI_SERVERNAME\0PATH=/\0\0")));
  CHECK(!find_senseless_entry(block("\0\0")));
  CHECK(find_senseless_entry(block("SSL_CIPHER\0SSL_PROTOCOL\0\0")) ==
        "SSL_PROTOCOL");
  CHECK(find_senseless_entry(block("SSL_A=1\0PATH\0\0")) == "PATH");
}

TEST(a_block_without_its_end_is_not_complete) {
  CHECK(state_of("") == State::More);
  CHECK(state_of(block("\0")) == State::More);
  CHECK(state_of("SSL_A=1") == State::More);
  CHECK(state_of(block("SSL_A=1\0")) == State::More);
  CHECK(state_of(block("SSL_A=1\0SSL_B=2\0")) == State::More);
  CHECK(state_of(block("\0\0")) == State::Complete);
}

TEST(bytes_after_the_end_do_not_count) {
  TlsBlockEnd end;
  CHECK(end.feed(block("SSL_A=1\0\0SSL_B=2\0\0")) == State::Complete);
  CHECK_EQUAL(end.size(), 9U);
  CHECK(end.feed("x") == State::Complete);
  CHECK_EQUAL(end.size(), 9U);
}

TEST(a_block_is_at_most_65536_bytes) {
  const std::string most(popup::kLongestTlsBlock - 2, 'x');
  CHECK(state_of(most + block("\0\0")) == State::Complete);
  CHECK(state_of(most + block("x\0\0")) == State::TooLong);
  TlsBlockEnd end;
  CHECK(end.feed(std::string(1 << 20, 'x')) == State::TooLong);
  CHECK_EQUAL(end.size(), popup::kLongestTlsBlock);
}

TEST(variables_of_every_server_are_exported) {
  struct Row {
    std::string bytes;
    const char* exported;
  };
  for (const auto& [bytes, wanted] : std::vector<Row>{
           {block("\0\0"), ""},
           {block("SSL_PROTOCOL=TLSv1.3\0SSL_CIPHER=TLS_AES\0\0"),
            "SSL_PROTOCOL=TLSv1.3,SSL_CIPHER=TLS_AES,"},
           {block("SSL_PROTOCOL=TLSv1.3\0SSL_TLS_SNI_SERVERNAME\0"
                  "SSL_PEER_CERT_HASH\0\0"),
            "SSL_PROTOCOL=TLSv1.3,-SSL_TLS_SNI_SERVERNAME,"
            "-SSL_PEER_CERT_HASH,"},
           {block("SSL_SERVER_S_DN=/O=x, y=z\0SSL_A=\0\0"),
            "SSL_SERVER_S_DN=/O=x, y=z,SSL_A=,"},
           {block("SSL_CLIENT_CERT_CHAIN_1=\0SSL_A=\xc3\xa9\0\0"),
            "SSL_CLIENT_CERT_CHAIN_1=,SSL_A=\xc3\xa9,"},
           {block("SSL_C=-----BEGIN CERTIFICATE-----\nMII\r\n\0\0"),
            "SSL_C=-----BEGIN CERTIFICATE-----\nMII\r\n,"},
       })
    CHECK_EQUAL(exported(bytes), wanted);
}

TEST(unsafe_variables_are_not_exported) {
  struct Row {
    std::string bytes;
    const char* exported;
  };
  for (const auto& [bytes, wanted] : std::vector<Row>{
           {block("LD_PRELOAD=/x\0PATH\0SSL_A=1\0\0"), "SSL_A=1,"},
           {block("SSLCTLFD=5\0SSL=1\0SSL_=1\0SSL_\0=SSL_A\0\0"), ""},
           {block("SSL_a=1\0ssl_A=1\0SSL_A =1\0 SSL_A=1\0SSL_A-B=1\0\0"), ""},
           {block("SSL_A=1\n2\0SSL_B=\x1b[m\0SSL_C=\x7f\0SSL_D=\t\0\0"), ""},
           {block("SSL_A=x-----BEGIN \n\0SSL_B=-----BEGIN \x01\0\0"), ""},
           {block("\0\0SSL_A=1"), ""},
           {block("SSL_A=1\0SSL_B=2"), "SSL_A=1,"},
       })
    CHECK_EQUAL(exported(bytes), wanted);
}

TEST(repeated_variables_are_exported_in_order) {
  const std::string bytes = block("SSL_A=1\0SSL_A=2\0SSL_B=3\0SSL_B\0\0");
  CHECK_EQUAL(exported(bytes), "SSL_A=1,SSL_A=2,SSL_B=3,-SSL_B,");
}
