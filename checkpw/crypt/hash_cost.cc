// SPDX-License-Identifier: ISC
// Runs as root: reads the cost of a hash; pure.
#include "checkpw/crypt/hash_cost.h"

#include "lib/text/text.h"

namespace checkpw {
namespace {

// Nanoseconds for each unit of work, measured with libxcrypt.  Only the order
// of magnitude matters.
constexpr uint64_t kBlockTime = 160;     // yescrypt and scrypt, per 128 bytes
constexpr uint64_t kSpreadTime = 5'000;  // their PBKDF2, per 128 bytes
constexpr uint64_t kBcryptTime = 70'000;
// With the longest password; one of 15 bytes takes a ninth of that.
constexpr uint64_t kShaTime = 6'000;
constexpr uint64_t kSha1Time = 3'500;
constexpr uint64_t kSunMd5Time = 2'200;
constexpr uint64_t kBsdiTime = 220;
constexpr HashCost kQuick{.time = 200'000};  // methods of a fixed, low cost

constexpr uint64_t kBlockSize = 128;
constexpr uint64_t kMostLog2 = 32;
// crypt_gensalt makes 8 and 32.  With more than this yescrypt takes memory
// that memory_hard() does not count.
constexpr uint64_t kMostYescryptR = 64;

using Number = std::optional<uint64_t>;
using Cost = std::optional<HashCost>;

uint64_t multiply(uint64_t a, uint64_t b) {
  uint64_t product = 0;
  return __builtin_mul_overflow(a, b, &product) ? UINT64_MAX : product;
}

uint64_t add(uint64_t a, uint64_t b) {
  uint64_t sum = 0;
  return __builtin_add_overflow(a, b, &sum) ? UINT64_MAX : sum;
}

// Cuts that many digits of 6 bits each off text, the lowest digit first.
Number take_digits(std::string_view& text, size_t digits) {
  constexpr std::string_view kDigits =
      "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  if (text.size() < digits) return std::nullopt;
  uint64_t value = 0;
  for (size_t i = 0; i < digits; ++i) {
    const size_t digit = kDigits.find(text[i]);
    if (digit == std::string_view::npos) return std::nullopt;
    value |= uint64_t{digit} << (6 * i);
  }
  text.remove_prefix(digits);
  return value;
}

// Cuts one of yescrypt's numbers off text.  Its first digit also tells how many
// digits follow.
Number take_yescrypt_number(std::string_view& text, uint64_t least) {
  const Number first = take_digits(text, 1);
  if (!first) return std::nullopt;
  uint64_t value = least;
  uint64_t start = 0;
  uint64_t end = 47;
  unsigned bits = 0;
  for (; *first > end; bits += 6) {
    value += (end + 1 - start) << bits;
    start = end + 1;
    end = start + (62 - end) / 2;
  }
  value += (*first - start) << bits;
  while (bits > 0) {
    const Number next = take_digits(text, 1);
    if (!next) return std::nullopt;
    bits -= 6;
    value += *next << bits;
  }
  return value;
}

// The method goes p times through 2^log2 times r blocks of memory.  PBKDF2
// makes p times r more blocks, which stay until the end, and 2 times r are for
// work.
Cost memory_hard(uint64_t log2, uint64_t r, uint64_t p) {
  if (log2 > kMostLog2) return std::nullopt;
  constexpr uint64_t kWork = 2;
  const uint64_t n = uint64_t{1} << log2;
  const uint64_t spread = multiply(p, r);
  const uint64_t blocks = multiply(add(add(n, p), kWork), r);
  return HashCost{.memory = multiply(blocks, kBlockSize),
                  .time = add(multiply(multiply(n, spread), kBlockTime),
                              multiply(spread, kSpreadTime))};
}

// Reads flavor, N and r.  No program makes hashes with the further parameters.
Cost yescrypt(std::string_view text) {
  const Number flavor = take_yescrypt_number(text, 0);
  const Number log2 = take_yescrypt_number(text, 1);
  const Number r = take_yescrypt_number(text, 1);
  if (!flavor || !log2 || !r || !text.starts_with('$')) return std::nullopt;
  if (*r > kMostYescryptR) return std::nullopt;
  return memory_hard(*log2, *r, 1);
}

Cost scrypt(std::string_view text) {
  const Number log2 = take_digits(text, 1);
  const Number r = take_digits(text, 5);
  const Number p = take_digits(text, 5);
  if (!log2 || !r || !p) return std::nullopt;
  return memory_hard(*log2, *r, *p);
}

Cost in_rounds(Number rounds, uint64_t time) {
  if (!rounds) return std::nullopt;
  return HashCost{.time = multiply(*rounds, time)};
}

Cost bcrypt(std::string_view text) {
  const Number log2 = lib::parse_number(lib::next_field(text, '$'), kMostLog2);
  if (!log2) return std::nullopt;
  return in_rounds(uint64_t{1} << *log2, kBcryptTime);
}

Cost sha2(std::string_view text) {
  constexpr std::string_view kRounds = "rounds=";
  constexpr uint64_t kDefault = 5000;
  if (!text.starts_with(kRounds)) return in_rounds(kDefault, kShaTime);
  text.remove_prefix(kRounds.size());
  return in_rounds(lib::parse_number(lib::next_field(text, '$')), kShaTime);
}

// $md5$ and $md5,rounds=N$.
Cost sun_md5(std::string_view method) {
  constexpr std::string_view kRounds = "md5,rounds=";
  constexpr uint64_t kBasic = 4096;
  if (method == "md5") return in_rounds(kBasic, kSunMd5Time);
  if (!method.starts_with(kRounds)) return std::nullopt;
  const Number more =
      lib::parse_number(method.substr(kRounds.size()), UINT32_MAX);
  return more ? in_rounds(kBasic + *more, kSunMd5Time) : std::nullopt;
}

}  // namespace

std::optional<HashCost> hash_cost(std::string_view setting) {
  if (setting.starts_with('_')) {
    setting.remove_prefix(1);
    return in_rounds(take_digits(setting, 4), kBsdiTime);
  }
  if (!setting.starts_with('$')) return kQuick;  // traditional DES
  setting.remove_prefix(1);
  const std::string_view method = lib::next_field(setting, '$');
  if (method == "y" || method == "gy") return yescrypt(setting);
  if (method == "7") return scrypt(setting);
  if (method.size() == 2 && method[0] == '2') return bcrypt(setting);
  if (method == "5" || method == "6") return sha2(setting);
  if (method == "sha1")
    return in_rounds(lib::parse_number(lib::next_field(setting, '$')),
                     kSha1Time);
  if (method.starts_with("md5")) return sun_md5(method);
  if (method == "1" || method == "3") return kQuick;
  return std::nullopt;
}

bool is_affordable(std::string_view setting) {
  const auto cost = hash_cost(setting);
  return cost && cost->memory <= kMostHashMemory && cost->time <= kMostHashTime;
}

}  // namespace checkpw
