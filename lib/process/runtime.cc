// SPDX-License-Identifier: ISC
// May run as root.
// The part of the C++ runtime that our programs use, so that they link
// against musl without libstdc++'s library (doc/decisions.md, "The build"), and
// so that lack of memory ends a program in the same way in every build
// (lib/process/out_of_memory.h): nothing in popchain checks an allocation.  At
// the end is what static musl leaves out or does differently.
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

#include "lib/process/out_of_memory.h"

namespace {

// A program that lives for a moment sets up no heap for its two vectors: that
// takes four system calls and three pages.  The sanitizers want all they see.
#ifndef POPCHAIN_SANITIZED
struct First {
  alignas(std::max_align_t) std::array<std::byte, 128> bytes;
  size_t used;
};
First first;

void* take_first(size_t size) {
  constexpr size_t kAlign = alignof(std::max_align_t);
  if (size > first.bytes.size() - first.used) return nullptr;
  std::byte* const memory = first.bytes.data() + first.used;
  first.used += std::min((size + kAlign - 1) / kAlign * kAlign,
                         first.bytes.size() - first.used);
  return memory;
}

bool is_first(const void* memory) {
  const auto* byte = static_cast<const std::byte*>(memory);
  return std::less_equal<>()(first.bytes.data(), byte) &&
         std::less<>()(byte, first.bytes.data() + first.bytes.size());
}
#else
void* take_first(size_t) {
  return nullptr;
}
bool is_first(const void*) {
  return false;
}
#endif

void* allocate(size_t size) {
  void* memory = take_first(size == 0 ? 1 : size);
  if (memory == nullptr) memory = malloc(size == 0 ? 1 : size);
  if (memory == nullptr) lib::out_of_memory();
  return memory;
}

void give_back(void* memory) {
  if (!is_first(memory)) free(memory);
}

}  // namespace

void* operator new(size_t size) {
  return allocate(size);
}
void* operator new[](size_t size) {
  return allocate(size);
}
void operator delete(void* memory) noexcept {
  give_back(memory);
}
void operator delete[](void* memory) noexcept {
  give_back(memory);
}
void operator delete(void* memory, size_t) noexcept {
  give_back(memory);
}
void operator delete[](void* memory, size_t) noexcept {
  give_back(memory);
}

#ifndef __GLIBC__
namespace std {

// libstdc++'s headers call these where a contract is broken: a bug of ours.
[[noreturn]] void __throw_length_error(const char*) {
  abort();
}
[[noreturn]] void __throw_logic_error(const char*) {
  abort();
}
[[noreturn]] void __throw_out_of_range(const char*) {
  abort();
}
[[noreturn]] void __throw_out_of_range_fmt(const char*, ...) {
  abort();
}
[[noreturn]] void __throw_invalid_argument(const char*) {
  abort();
}
[[noreturn]] void __throw_bad_alloc() {
  abort();
}
[[noreturn]] void __throw_bad_array_new_length() {
  abort();
}
[[noreturn]] void __throw_bad_function_call() {
  abort();
}
[[noreturn]] void __throw_bad_optional_access() {
  abort();
}
[[noreturn]] void __glibcxx_assert_fail(const char*, int, const char*,
                                        const char*) noexcept {
  abort();
}

}  // namespace std

// Called by musl's readers of passwd and group alone, getpwnam_r and its like.
// They overwrite the last byte of each line, be it a newline or not, so that a
// last line without one would lose a part of a name or be no entry at all.
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

// The start of this program in memory, which the linker defines.
extern "C" const FileHeader __ehdr_start __attribute__((visibility("hidden")));

namespace {

// Makes the data that only relocations write (tables of functions, constants
// that hold addresses) read-only.  A dynamic loader does so for its programs;
// the start-up code of a static musl program does not.
void protect(const ProgramHeader& relocated, uintptr_t base) {
  const uintptr_t page_mask = ~(static_cast<uintptr_t>(getpagesize()) - 1);
  const uintptr_t start = (base + relocated.p_vaddr) & page_mask;
  const uintptr_t end =
      (base + relocated.p_vaddr + relocated.p_memsz) & page_mask;
  if (mprotect(reinterpret_cast<void*>(start), end - start, PROT_READ) != 0)
    abort();
}

// Runs before every other constructor.
[[gnu::constructor(101)]] void protect_relocated_data() {
  const auto base = reinterpret_cast<uintptr_t>(&__ehdr_start);
  const auto* const headers =
      reinterpret_cast<const ProgramHeader*>(base + __ehdr_start.e_phoff);
  for (const ProgramHeader& header : std::span(headers, __ehdr_start.e_phnum))
    if (header.p_type == PT_GNU_RELRO) protect(header, base);
}

}  // namespace
#endif
