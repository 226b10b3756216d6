// SPDX-License-Identifier: ISC
#include "lib/text/byte_order.h"

#include <array>
#include <cstdint>
#include <string_view>

#include "tests/unit/unit.h"

using lib::load_big_endian;
using lib::load_little_endian;
using lib::store_little_endian;

namespace {

constexpr std::string_view kBytes = "\x01\x02\xfe\xff\x05\x06\x07\x88\x09";
constexpr std::array<uint8_t, 4> kRaw{0x80, 1, 2, 0xff};

template <typename Number>
constexpr auto stored(Number value) {
  std::array<uint8_t, 10> bytes{};
  store_little_endian(bytes, 1, value);
  return bytes;
}

}  // namespace

// At compile time and at run time.
TEST(numbers_are_read_in_their_byte_order) {
  static_assert(load_little_endian<uint16_t>(kBytes) == 0x0201);
  static_assert(load_big_endian<uint16_t>(kBytes) == 0x0102);
  std::string_view bytes = kBytes;
  std::array<uint8_t, 4> raw = kRaw;
  CHECK_EQUAL(load_little_endian<uint16_t>(bytes, 2), 0xfffeU);
  CHECK_EQUAL(load_big_endian<uint16_t>(bytes, 2), 0xfeffU);
  CHECK_EQUAL(load_little_endian<uint32_t>(bytes, 1), 0x05fffe02U);
  CHECK_EQUAL(load_little_endian<uint64_t>(bytes), 0x88070605fffe0201U);
  CHECK_EQUAL(load_big_endian<uint64_t>(bytes, 1), 0x02feff0506078809U);
  CHECK_EQUAL(load_big_endian<uint32_t>(raw), 0x800102ffU);
  CHECK_EQUAL(load_little_endian<int16_t>(raw, 2), int16_t{-254});
}

TEST(numbers_are_written_low_byte_first_and_nothing_else) {
  static_assert(stored(uint16_t{0x8001})[2] == 0x80);
  using Bytes = std::array<uint8_t, 10>;
  CHECK(stored(uint16_t{0xfe01}) == (Bytes{0, 0x01, 0xfe}));
  CHECK(stored(uint32_t{0x80000001}) == (Bytes{0, 1, 0, 0, 0x80}));
  CHECK(stored(int64_t{-2}) ==
        (Bytes{0, 0xfe, 255, 255, 255, 255, 255, 255, 255}));
}
