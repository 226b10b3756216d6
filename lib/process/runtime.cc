// SPDX-License-Identifier: ISC
// May run as root.
// The part of the C++ runtime that our programs use.  With it they link against
// musl without libstdc++ (doc/decisions.md, "The build"), and in every build a
// failed allocation ends the program (out_of_memory.h), so that nothing in
// popchain checks one.  The end of the file replaces what static musl lacks or
// does differently.
#include <link.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <new>
#include <span>
#include <string>

#include "lib/process/out_of_memory.h"

namespace {

// The first allocations of a program come from this arena: a program that makes
// only few and small ones never sets up a heap.  A login takes 657 us of
// processor time with it, 675 us without.  A popup without -D that waits for a
// session has 20 KiB of its own memory with it, 24 KiB without.  Builds with
// sanitizers have no arena, because they have to see every allocation.
#ifndef POPCHAIN_SANITIZED
struct Arena {
  alignas(std::max_align_t) std::array<std::byte, 128> bytes;
  size_t used;
};
Arena arena;

void* take_from_arena(size_t size) {
  constexpr size_t kAlign = alignof(std::max_align_t);
  if (size > arena.bytes.size() - arena.used) return nullptr;
  std::byte* const memory = arena.bytes.data() + arena.used;
  arena.used += std::min((size + kAlign - 1) / kAlign * kAlign,
                         arena.bytes.size() - arena.used);
  return memory;
}

bool is_in_arena(const void* memory) {
  const auto* byte = static_cast<const std::byte*>(memory);
  return std::less_equal<>()(arena.bytes.data(), byte) &&
         std::less<>()(byte, arena.bytes.data() + arena.bytes.size());
}
#else
void* take_from_arena(size_t) {
  return nullptr;
}
bool is_in_arena(const void*) {
  return false;
}
#endif

void* allocate(size_t size) {
  void* memory = take_from_arena(size == 0 ? 1 : size);
  if (memory == nullptr) memory = malloc(size == 0 ? 1 : size);
  if (memory == nullptr) lib::out_of_memory();
  return memory;
}

// Memory of the arena is not used again.
void release(void* memory) {
  if (!is_in_arena(memory)) free(memory);
}

}  // namespace

void* operator new(size_t size) {
  return allocate(size);
}
void* operator new[](size_t size) {
  return allocate(size);
}
void operator delete(void* memory) noexcept {
  release(memory);
}
void operator delete[](void* memory) noexcept {
  release(memory);
}
void operator delete(void* memory, size_t) noexcept {
  release(memory);
}
void operator delete[](void* memory, size_t) noexcept {
  release(memory);
}

#ifndef __GLIBC__
namespace std {

// libstdc++'s headers call these if we break a contract.
[[noreturn]] void __throw_length_error(const char*) {
  abort();
}
[[noreturn]] void __throw_logic_error(const char*) {
  abort();
}
[[noreturn]] void __throw_out_of_range_fmt(const char*, ...) {
  abort();
}
[[noreturn]] void __throw_bad_alloc() {
  abort();
}
[[noreturn]] void __throw_bad_array_new_length() {
  abort();
}
[[noreturn]] void __glibcxx_assert_fail(const char*, int, const char*,
                                        const char*) noexcept {
  abort();
}

// Without optimization its members are called, and are libstdc++'s.
template class allocator<char>;

}  // namespace std

// Only musl's readers of passwd and group call this (getpwnam_r and the like).
// They overwrite the last byte of each line, even if it is not a newline: a
// last line without one would lose a character.  So this adds a missing
// newline.
extern "C" ssize_t getline(char** line, size_t* size, FILE* file) {
  const ssize_t length = getdelim(line, size, '\n', file);
  if (length <= 0) return length;
  const auto end = static_cast<size_t>(length);
  if ((*line)[end - 1] == '\n') return length;
  if (*size < end + 2) {
    *line = static_cast<char*>(realloc(*line, end + 2));
    if (*line == nullptr) lib::out_of_memory();
    *size = end + 2;
  }
  memcpy(*line + end, "\n", 2);
  return length + 1;
}

using FileHeader = ElfW(Ehdr);
using ProgramHeader = ElfW(Phdr);

// The start of this program in memory; the linker defines it.
extern "C" const FileHeader __ehdr_start __attribute__((visibility("hidden")));

namespace {

// Makes the data that only relocations write (tables of functions, constants
// with addresses) read-only, as a dynamic loader does.  The start-up code of a
// static musl program does not.  Runs before every other constructor.
[[gnu::constructor(101)]] void protect_relocated_data() {
  const auto base = reinterpret_cast<uintptr_t>(&__ehdr_start);
  const auto* const headers =
      reinterpret_cast<const ProgramHeader*>(base + __ehdr_start.e_phoff);
  const uintptr_t page_mask = ~(static_cast<uintptr_t>(getpagesize()) - 1);
  for (const ProgramHeader& header : std::span(headers, __ehdr_start.e_phnum)) {
    if (header.p_type != PT_GNU_RELRO) continue;
    const uintptr_t start = (base + header.p_vaddr) & page_mask;
    const uintptr_t end = (base + header.p_vaddr + header.p_memsz) & page_mask;
    if (mprotect(reinterpret_cast<void*>(start), end - start, PROT_READ) != 0)
      abort();
  }
}

}  // namespace
#endif
