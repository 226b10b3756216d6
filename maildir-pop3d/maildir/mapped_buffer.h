// SPDX-License-Identifier: ISC
#pragma once

#include <cstddef>
#include <span>

namespace pop3d {

// A large buffer of a session that sleeps most of the time: only the pages
// that were written to since the last release() take memory.
class MappedBuffer {
 public:
  // Ends the program if there is no memory (lib/process/out_of_memory.h).
  explicit MappedBuffer(size_t size);
  MappedBuffer(MappedBuffer&& other) noexcept;
  MappedBuffer(const MappedBuffer&) = delete;
  MappedBuffer& operator=(MappedBuffer&&) = delete;
  ~MappedBuffer();

  [[nodiscard]] char* data() const { return data_; }
  [[nodiscard]] size_t size() const { return size_; }
  [[nodiscard]] std::span<char> span() const { return {data_, size_}; }
  void release();  // every byte is 0 afterwards, as at first

 private:
  char* data_;
  size_t size_;
};

}  // namespace pop3d
