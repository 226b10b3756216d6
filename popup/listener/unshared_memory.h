// SPDX-License-Identifier: ISC
// Runs as root: allocates the listener's tables.
#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <type_traits>

#include "lib/process/exit_code.h"
#include "lib/process/program.h"

namespace popup {

// An allocator for vectors in the listener: a forked process does not inherit
// their memory.  Otherwise a session of an hour would keep a copy of every page
// that the listener has written since.  Pages that are never touched cost
// nothing, so a vector reserves its largest size once.  Ends the program with
// 111 if there is no memory.
template <typename T>
struct UnsharedMemory {
  using value_type = T;
  // A session's process destroys vectors whose elements it does not have.
  static_assert(std::is_trivially_destructible_v<T>);

  static T* allocate(size_t count) {
    const size_t size = count * sizeof(T);
    void* memory = mmap(nullptr, size, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
      lib::die(lib::kTemporary, "popup",
               lib::Error::from_errno("allocate the table of sessions"));
    (void)madvise(memory, size, MADV_DONTFORK);
    return static_cast<T*>(memory);
  }
  // The memory goes with the process: another mapping may be at its address in
  // a session's process.
  static void deallocate(T* /*memory*/, size_t /*count*/) {}

  bool operator==(const UnsharedMemory&) const = default;
};

}  // namespace popup
