// SPDX-License-Identifier: ISC
#pragma once

#include <cstddef>
#include <span>

namespace pop3d {

// A block of memory that costs what is touched, and nothing again after
// release(): for the large buffers of a session that mostly sleeps.
class Pages {
 public:
  // Lack of memory ends the program (lib/process/out_of_memory.h).
  explicit Pages(size_t size);
  Pages(Pages&& other) noexcept;
  Pages(const Pages&) = delete;
  Pages& operator=(Pages&&) = delete;
  ~Pages();

  [[nodiscard]] char* data() const { return data_; }
  [[nodiscard]] size_t size() const { return size_; }
  [[nodiscard]] std::span<char> span() const { return {data_, size_}; }
  void release();  // every byte is 0 again, as at first

 private:
  char* data_;
  size_t size_;
};

}  // namespace pop3d
