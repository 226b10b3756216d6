// SPDX-License-Identifier: ISC
// May run as root.
#pragma once

#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace lib {

// Text of at most Capacity bytes, stored in the object itself.  It needs no
// heap, so that it also works between fork and exec, and if brk and mmap are
// forbidden (popup's dialogue).  An append that does not fit is dropped whole,
// and marks the text as overflowed.
template <size_t Capacity>
class FixedText {
 public:
  [[nodiscard]] std::string_view view() const { return {data_.data(), size_}; }
  [[nodiscard]] const char* data() const { return data_.data(); }
  [[nodiscard]] size_t size() const { return size_; }
  [[nodiscard]] size_t free_space() const { return Capacity - size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }
  [[nodiscard]] bool overflowed() const { return overflowed_; }

  FixedText& operator<<(std::string_view text) {
    if (text.size() > free_space()) {
      overflowed_ = true;
    } else if (!text.empty()) {  // memcpy must not get a null pointer
      memcpy(data_.data() + size_, text.data(), text.size());
      size_ += text.size();
    }
    return *this;
  }
  FixedText& operator<<(char c) { return *this << std::string_view(&c, 1); }
  FixedText& number(uint64_t value, int base = 10) {
    std::array<char, 64> digits;
    auto end = std::to_chars(digits.begin(), digits.end(), value, base).ptr;
    return *this << std::string_view(digits.begin(), end);
  }

  // The text followed by NUL, which does not count as text.
  [[nodiscard]] const char* c_str() { return ended_by('\0').data(); }
  // The text followed by c, which does not count as text.  Always fits.
  [[nodiscard]] std::string_view ended_by(char c) {
    data_[size_] = c;
    return {data_.data(), size_ + 1};
  }
  void clear() {
    size_ = 0;
    overflowed_ = false;
  }
  void wipe() {
    explicit_bzero(data_.data(), data_.size());
    clear();
  }

 private:
  std::array<char, Capacity + 1> data_;
  size_t size_ = 0;
  bool overflowed_ = false;
};

}  // namespace lib
