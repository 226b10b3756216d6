// SPDX-License-Identifier: ISC
// May run as root.
#include "lib/process/environment.h"

#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>

#include "lib/process/out_of_memory.h"
#include "lib/text/fixed_text.h"

namespace lib {
namespace {

// Global, as the environment itself is.
struct Store {
  std::array<char, 1024> text;
  std::array<char*, 48> entries;  // a null follows the last
  size_t used;                    // of text
};
Store store;

bool is_entry_of(std::string_view entry, std::string_view name) {
  return entry.size() > name.size() && entry[name.size()] == '=' &&
         entry.starts_with(name);
}

// Returns the entry of name, or the null that follows the last entry.
char** find(std::string_view name) {
  // clearenv(3) sets environ to null, and a module of PAM may have called it.
  if (environ == nullptr) {
    store.entries[0] = nullptr;
    environ = store.entries.data();
  }
  char** entry = environ;
  while (*entry != nullptr && !is_entry_of(*entry, name)) ++entry;
  return entry;
}

// Like setenv(3), this never frees a variable's earlier text.
char* compose(std::string_view name, std::string_view value) {
  const size_t size = name.size() + 1 + value.size() + 1;
  const bool fits = size <= store.text.size() - store.used;
  char* const text = fits ? store.text.data() + store.used : new char[size];
  if (fits) store.used += size;
  char* end = std::ranges::copy(name, text).out;
  *end++ = '=';
  end = std::ranges::copy(value, end).out;
  *end = '\0';
  return text;
}

// Returns false if the store has no space left.
bool append(char* text, size_t count) {
  if (count + 1 >= store.entries.size()) return false;
  if (environ != store.entries.data()) {
    std::ranges::copy(std::span(environ, count), store.entries.begin());
    environ = store.entries.data();
  }
  store.entries[count] = text;
  store.entries[count + 1] = nullptr;
  return true;
}

}  // namespace

void set_variable(std::string_view name, std::string_view value) {
  char** const entry = find(name);
  if (*entry != nullptr && value == *entry + name.size() + 1) return;
  char* const text = compose(name, value);
  if (*entry != nullptr)
    *entry = text;
  else if (!append(text, static_cast<size_t>(entry - environ)) &&
           putenv(text) != 0)
    out_of_memory();
  // text belongs to the environment now.
  // NOLINTNEXTLINE(clang-analyzer-cplusplus.NewDeleteLeaks)
}

void set_variable(std::string_view name, uint64_t number) {
  FixedText<20> digits;
  digits.number(number);
  set_variable(name, digits.view());
}

void drop_absolute_maildir() {
  const char* const inherited = getenv("MAILDIR");
  if (inherited != nullptr && *inherited == '/') unset_variable("MAILDIR");
}

void unset_variable(std::string_view name) {
  char** kept = find(name);
  for (char** entry = kept; *entry != nullptr; ++entry)
    if (!is_entry_of(*entry, name)) *kept++ = *entry;
  *kept = nullptr;
}

TemporaryVariables::TemporaryVariables() : used_(store.used) {
  while (environ != nullptr && environ[count_] != nullptr) ++count_;
}

TemporaryVariables::~TemporaryVariables() {
  if (environ != nullptr) environ[count_] = nullptr;
  store.used = used_;
}

}  // namespace lib
