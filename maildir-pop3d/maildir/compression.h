// SPDX-License-Identifier: ISC
#pragma once

#include <string_view>

namespace pop3d {

// How a file that starts like this is compressed (pure): gzip, bzip2, xz, zstd
// or lz4 (Dovecot's own form); empty if it is not.  Dovecot's zlib plugin
// leaves such messages.
std::string_view compression_of(std::string_view start);

}  // namespace pop3d
