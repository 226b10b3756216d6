// SPDX-License-Identifier: ISC
// Runs as root: allocates the loop's tables.
#pragma once

#include <sys/mman.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <new>
#include <type_traits>
#include <utility>

#include "lib/process/exit_code.h"
#include "lib/process/program.h"

namespace popup {

// Memory that a forked process does not inherit: a dialogue must not see other
// connections, and no fork has to copy the pages.  It is zeroed.  Pages that
// are never touched cost nothing; small pieces share a page.  Ends the program
// with 111 if there is no memory.
inline void* allocate_unshared(size_t size) {
  constexpr size_t kPage = 4096;
  static char* rest = nullptr;
  static size_t left = 0;
  size = (size + 15) & ~size_t{15};
  if (size > left) {
    const size_t whole = (size + kPage - 1) & ~(kPage - 1);
    void* memory = mmap(nullptr, whole, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    // Without the second call a dialogue would see other connections.
    if (memory == MAP_FAILED || madvise(memory, whole, MADV_DONTFORK) != 0)
      lib::die(lib::kTemporary, "popup",
               lib::Error::from_errno("allocate the table of connections"));
    rest = static_cast<char*>(memory);
    left = whole;
  }
  left -= size;
  return std::exchange(rest, rest + size);
}

// The same as an allocator, for vectors that reserve their largest size once.
template <typename T>
struct UnsharedMemory {
  using value_type = T;
  static T* allocate(size_t count) {
    return static_cast<T*>(allocate_unshared(count * sizeof(T)));
  }
  // The memory goes with the process.
  static void deallocate(T* /*memory*/, size_t /*count*/) {}

  bool operator==(const UnsharedMemory&) const = default;
};

// Holds at most capacity elements.  Each keeps its slot (an index) until it is
// removed, and has a deadline.  for_each() and handle_due() may go through the
// whole table; everything else takes constant time.  The table lives as long as
// the process.
template <typename T>
class Table {
 public:
  explicit Table(size_t capacity)
      : capacity_(capacity),
        slots_(static_cast<Slot*>(allocate_unshared(capacity * sizeof(Slot)))) {
  }
  Table(const Table&) = delete;
  Table& operator=(const Table&) = delete;

  [[nodiscard]] size_t size() const { return size_; }
  [[nodiscard]] bool is_full() const { return size_ == capacity_; }

  // The slot of the new element.  The table must not be full.
  template <typename... Arguments>
  uint32_t add(Arguments&&... arguments) {
    const uint32_t at = free_ != 0 ? free_ - 1 : used_++;
    Slot& slot = slots_[at];
    if (free_ != 0) free_ = slot.next_free;
    new (&slot.element.value) T(std::forward<Arguments>(arguments)...);
    slot.deadline_ms = INT64_MAX;
    slot.taken = true;
    ++size_;
    return at;
  }
  void remove(uint32_t at) {
    Slot& slot = slots_[at];
    slot.element.value.~T();
    slot.taken = false;
    slot.deadline_ms = INT64_MAX;
    ++slot.generation;
    slot.next_free = free_;
    free_ = at + 1;
    --size_;
  }
  T& operator[](uint32_t at) { return slots_[at].element.value; }
  // A number that tells successive elements of the same slot apart.
  [[nodiscard]] uint32_t generation(uint32_t at) const {
    return slots_[at].generation;
  }
  [[nodiscard]] bool holds(uint32_t at, uint32_t generation) const {
    return at < used_ && slots_[at].taken &&
           slots_[at].generation == generation;
  }

  void set_deadline(uint32_t at, int64_t deadline_ms) {
    slots_[at].deadline_ms = deadline_ms;
    earliest_ms_ = std::min(earliest_ms_, deadline_ms);
  }
  // A lower bound of all deadlines.
  [[nodiscard]] int64_t earliest_ms() const { return earliest_ms_; }
  // Calls handle(slot) for each element whose deadline has passed; handle may
  // set deadlines, and add and remove elements.  Goes through the table only if
  // a deadline may have passed: 50 us for 10,000 logins.
  template <typename Handle>
  void handle_due(int64_t now_ms, const Handle& handle) {
    if (now_ms < earliest_ms_) return;
    earliest_ms_ = INT64_MAX;
    for (uint32_t at = 0; at < used_; ++at) {
      if (slots_[at].deadline_ms <= now_ms) handle(at);
      earliest_ms_ = std::min(earliest_ms_, slots_[at].deadline_ms);
    }
  }
  template <typename Handle>
  void for_each(const Handle& handle) {
    for (uint32_t at = 0; at < used_; ++at)
      if (slots_[at].taken) handle(at);
  }

 private:
  struct Slot {
    int64_t deadline_ms;
    uint32_t generation;
    uint32_t next_free;  // the free slot after this one, as in free_
    bool taken;
    // Not constructed with the slot.
    union Element {
      Element() {}
      ~Element() {}
      T value;
    } element;
  };

  size_t capacity_;
  Slot* slots_;  // zeroed by the kernel
  size_t size_ = 0;
  uint32_t used_ = 0;  // how many slots were ever taken
  uint32_t free_ = 0;  // the first free one of these, plus one; 0: none
  int64_t earliest_ms_ = INT64_MAX;
};

}  // namespace popup
