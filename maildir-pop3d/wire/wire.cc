// SPDX-License-Identifier: ISC
#include "maildir-pop3d/wire/wire.h"

#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace pop3d {
namespace {

#if defined(__SSE2__)

constexpr size_t kStep = 16;

__m128i load(const char* from) {
  return _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
}

__m128i equal_to(__m128i bytes, char c) {
  return _mm_cmpeq_epi8(bytes, _mm_set1_epi8(c));
}

// Copies the bytes before the first LF, or before end if there is no LF, and
// returns how many they are.  May write up to a whole step more than that, for
// which room_for() leaves room.  RETR of 1,000 messages of 4 KB: 10 million
// instructions with SSE2, 23 million without.
size_t copy_to_newline(const char* from, const char* end, char* into) {
  const char* at = from;
  while (static_cast<size_t>(end - at) >= kStep) {
    const __m128i bytes = load(at);
    _mm_storeu_si128(reinterpret_cast<__m128i*>(into), bytes);
    const int found = _mm_movemask_epi8(equal_to(bytes, '\n'));
    if (found != 0)
      return static_cast<size_t>(at - from) +
             static_cast<size_t>(__builtin_ctz(static_cast<unsigned>(found)));
    at += kStep;
    into += kStep;
  }
  while (at != end && *at != '\n') *into++ = *at++;
  return static_cast<size_t>(at - from);
}

// Counts the LFs in [from, end) that do not follow a CR; from[-1] is readable.
// The first session on 1,000 messages of 4 KB: 7 million instructions with
// SSE2, 23 million without.
uint64_t count_bare_newlines(const char* from, const char* end) {
  const __m128i zero = _mm_setzero_si128();
  __m128i sums = zero;
  for (; static_cast<size_t>(end - from) >= kStep; from += kStep) {
    const __m128i bare = _mm_andnot_si128(equal_to(load(from - 1), '\r'),
                                          equal_to(load(from), '\n'));
    sums = _mm_add_epi64(sums, _mm_sad_epu8(_mm_sub_epi8(zero, bare), zero));
  }
  uint64_t count =
      static_cast<uint64_t>(_mm_cvtsi128_si64(sums)) +
      static_cast<uint64_t>(_mm_cvtsi128_si64(_mm_unpackhi_epi64(sums, sums)));
  for (; from != end; ++from) count += *from == '\n' && from[-1] != '\r';
  return count;
}

#else

size_t copy_to_newline(const char* from, const char* end, char* into) {
  const size_t most = static_cast<size_t>(end - from);
  const void* newline = memchr(from, '\n', most);
  const size_t length =
      newline == nullptr
          ? most
          : static_cast<size_t>(static_cast<const char*>(newline) - from);
  memcpy(into, from, length);
  return length;
}

uint64_t count_bare_newlines(const char* from, const char* end) {
  uint64_t count = 0;
  for (; from != end; ++from) count += *from == '\n' && from[-1] != '\r';
  return count;
}

#endif

}  // namespace

size_t Encoder::encode(std::string_view chunk, char* into) {
  if (chunk.empty()) return 0;
  const char* at = chunk.data();
  const char* const end = at + chunk.size();
  char* out = into;
  uint64_t dots = 0;  // that were added
  const auto stuff = [&] { *out++ = '.', ++dots; };
  if (previous_ == '\n' && *at == '.') stuff();
  char before = previous_;
  for (;;) {
    const size_t length = copy_to_newline(at, end, out);
    at += length;
    out += length;
    if (at == end) break;
    if (length != 0) before = at[-1];
    if (before != '\r') *out++ = '\r';
    *out++ = before = *at++;
    if (at == end) break;
    if (*at == '.') stuff();
  }
  previous_ = end[-1];
  const size_t written = static_cast<size_t>(out - into);
  octets_ += written - dots;
  return written;
}

size_t Encoder::finish(char* into) const {
  const std::string_view end = previous_ == '\n' ? ".\r\n" : "\r\n.\r\n";
  memcpy(into, end.data(), end.size());
  return end.size();
}

void OctetCounter::add(std::string_view chunk) {
  if (chunk.empty()) return;
  const char* const end = chunk.data() + chunk.size();
  bare_newlines_ += chunk[0] == '\n' && previous_ != '\r';
  bare_newlines_ += count_bare_newlines(chunk.data() + 1, end);
  bytes_ += chunk.size();
  previous_ = end[-1];
}

size_t TopLimit::take(std::string_view chunk) {
  size_t taken = 0;
  while (!done_ && taken < chunk.size()) {
    const std::string_view rest = chunk.substr(taken);
    const size_t newline = rest.find('\n');
    const bool whole = newline != std::string_view::npos;
    const size_t length = whole ? newline : rest.size();
    lone_cr_ = line_length_ + length == 1 &&
               (length == 0 ? lone_cr_ : rest[0] == '\r');
    line_length_ += length;
    taken += length;
    if (!whole) break;
    ++taken;
    if (in_body_)
      --lines_left_;
    else
      in_body_ = line_length_ == 0 || lone_cr_;
    done_ = in_body_ && lines_left_ == 0;
    line_length_ = 0;
  }
  return taken;
}

}  // namespace pop3d
