// SPDX-License-Identifier: ISC
#include "maildir-pop3d/maildir/compression.h"

#include <array>

namespace pop3d {
namespace {

using namespace std::string_view_literals;

struct Format {
  std::string_view name;
  std::string_view start;
};

constexpr auto kFormats = std::to_array<Format>({
    {"gzip", "\x1f\x8b"sv},
    {"bzip2", "BZh"sv},  // and the size of a block, 1 to 9
    {"xz", "\xfd\x37\x7a\x58\x5a\x00"sv},
    {"zstd", "\x28\xb5\x2f\xfd"sv},
    {"lz4", "Dovecot-LZ4\x0d\x2a\x9b\xc5"sv},
});

bool is_block_size(std::string_view text) {
  return !text.empty() && text[0] >= '1' && text[0] <= '9';
}

}  // namespace

std::string_view compression_of(std::string_view start) {
  for (const Format& format : kFormats) {
    if (!start.starts_with(format.start)) continue;
    const std::string_view rest = start.substr(format.start.size());
    // A block and the end of an empty file begin with one of these octets.
    const bool is_plausible =
        format.name != "bzip2" ||
        (is_block_size(rest) && (rest.substr(1).starts_with('\x31') ||
                                 rest.substr(1).starts_with('\x17')));
    return is_plausible ? format.name : ""sv;
  }
  return {};
}

}  // namespace pop3d
