// SPDX-License-Identifier: ISC
// May run as root.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <concepts>
#include <cstddef>
#include <span>  // has the range concepts; <ranges> would include locales

// Numbers in files and protocols, whose byte order does not depend on the
// machine.  bytes is a contiguous range of single bytes, and at is the index of
// the number's first byte.  The program aborts if bytes does not contain all of
// the number.
namespace lib {

template <typename Bytes>
concept ByteRange = std::ranges::contiguous_range<Bytes> &&
                    std::ranges::sized_range<Bytes> &&
                    sizeof(std::ranges::range_value_t<Bytes>) == 1;

template <std::integral Number, ByteRange Bytes>
constexpr Number load(const Bytes& bytes, size_t at, std::endian order) {
  using Byte = std::ranges::range_value_t<Bytes>;
  std::array<Byte, sizeof(Number)> copy{};
  const auto number = std::span<const Byte>(bytes).subspan(at, copy.size());
  std::ranges::copy(number, copy.begin());
  if (order != std::endian::native) std::ranges::reverse(copy);
  return std::bit_cast<Number>(copy);
}

template <std::integral Number, ByteRange Bytes>
constexpr Number load_little_endian(const Bytes& bytes, size_t at = 0) {
  return load<Number>(bytes, at, std::endian::little);
}
template <std::integral Number, ByteRange Bytes>
constexpr Number load_big_endian(const Bytes& bytes, size_t at = 0) {
  return load<Number>(bytes, at, std::endian::big);
}

template <ByteRange Bytes, std::integral Number>
constexpr void store(Bytes&& bytes, size_t at, Number value,
                     std::endian order) {
  using Byte = std::ranges::range_value_t<Bytes>;
  auto copy = std::bit_cast<std::array<Byte, sizeof value>>(value);
  if (order != std::endian::native) std::ranges::reverse(copy);
  std::ranges::copy(copy,
                    std::span<Byte>(bytes).subspan(at, sizeof value).begin());
}

template <ByteRange Bytes, std::integral Number>
constexpr void store_little_endian(Bytes&& bytes, size_t at, Number value) {
  store(bytes, at, value, std::endian::little);
}
template <ByteRange Bytes, std::integral Number>
constexpr void store_big_endian(Bytes&& bytes, size_t at, Number value) {
  store(bytes, at, value, std::endian::big);
}

}  // namespace lib
