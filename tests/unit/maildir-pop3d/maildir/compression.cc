// SPDX-License-Identifier: ISC
#include "maildir-pop3d/maildir/compression.h"

#include <string_view>

#include "tests/unit/unit.h"

using pop3d::compression_of;
using namespace std::string_view_literals;

TEST(the_first_octets_tell_the_format) {
  CHECK_EQUAL(compression_of("\x1f\x8b\x08"sv), "gzip");
  CHECK_EQUAL(compression_of("\xfd\x37\x7a\x58\x5a\x00..."sv), "xz");
  CHECK_EQUAL(compression_of("\x28\xb5\x2f\xfd"sv), "zstd");
  CHECK_EQUAL(compression_of("BZh91AY&SY"sv), "bzip2");
  CHECK_EQUAL(compression_of("BZh1\x17\x72"sv), "bzip2");
  CHECK_EQUAL(compression_of("Dovecot-LZ4\x0d\x2a\x9b\xc5."sv), "lz4");
}

TEST(mail_is_not_compressed) {
  for (const std::string_view start :
       {""sv, "\x1f"sv, "\x1f\x8a"sv, "BZh"sv, "BZh0"sv, "BZh9"sv, "BZh9: x"sv,
        "\xfd\x37\x7a\x58\x5a\x01"sv, "\x28\xb5\x2f"sv, "Dovecot-LZ4: 1"sv,
        "From: joe"sv, " \x1f\x8b"sv})
    CHECK_EQUAL(compression_of(start), "");
}
