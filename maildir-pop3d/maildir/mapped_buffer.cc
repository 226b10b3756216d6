// SPDX-License-Identifier: ISC
#include "maildir-pop3d/maildir/mapped_buffer.h"

#include <sys/mman.h>

#include <utility>

#include "lib/process/out_of_memory.h"

namespace pop3d {

MappedBuffer::MappedBuffer(size_t size) : size_(size) {
  void* const memory = mmap(nullptr, size, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) lib::out_of_memory();
  data_ = static_cast<char*>(memory);
}

MappedBuffer::MappedBuffer(MappedBuffer&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)),
      size_(std::exchange(other.size_, 0)) {}

MappedBuffer::~MappedBuffer() {
  if (data_ != nullptr) munmap(data_, size_);
}

void MappedBuffer::release() {
  madvise(data_, size_, MADV_DONTNEED);
}

}  // namespace pop3d
