// SPDX-License-Identifier: ISC
// Runs as root: asks for the system's accounts.
#pragma once

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <vector>

namespace checkpw {

// A passwd, group or shadow entry of the system.  Its text is wiped at the end.
template <typename Entry>
class SystemEntry {
 public:
  SystemEntry() = default;
  SystemEntry(const SystemEntry&) = delete;
  SystemEntry& operator=(const SystemEntry&) = delete;
  ~SystemEntry() { wipe(); }

  // ask is getpwnam_r, getgrnam_r or getspnam_r.  Returns 0 or an errno; either
  // way found() tells whether there is an entry.  A long line, even another
  // entry's, needs a larger buffer.
  template <typename Ask>
  int find(Ask ask, const char* name) {
    for (;;) {
      const int failed =
          ask(name, &entry_, text_.data(), text_.size(), &found_);
      if (failed != ERANGE || text_.size() >= kLargest) return failed;
      wipe();
      text_ = std::vector<char>(text_.size() * 8);
    }
  }
  // nullptr: there is no entry.
  [[nodiscard]] const Entry* found() const { return found_; }

 private:
  static constexpr size_t kSmallest = 16UL << 10;
  static constexpr size_t kLargest = 16UL << 20;

  void wipe() { explicit_bzero(text_.data(), text_.size()); }

  Entry entry_{};
  Entry* found_ = nullptr;
  std::vector<char> text_ = std::vector<char>(kSmallest);
};

}  // namespace checkpw
