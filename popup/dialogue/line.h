// SPDX-License-Identifier: ISC
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

// One line of a client, gathered octet by octet in place (pure).  No more of it
// is kept than can be of use, because a large object on the stack costs each
// login a page of memory for every 4 KiB.
namespace popup {

// RFC 2449 section 4 and RFC 5034 section 4, both with CR LF.
constexpr size_t kLongestCommand = 255;
constexpr size_t kLongestAuthLine = 12288;
// More than the longest AUTH with a login in it that a checker takes.
constexpr size_t kKeptOctets = 768;

class Line {
 public:
  Line() = default;
  Line(const Line&) = delete;
  Line& operator=(const Line&) = delete;
  ~Line() { wipe(); }

  // True when c ended the line.  What does not fit is counted, not kept.
  bool add(char c);
  // Octets so far, the line end included.
  [[nodiscard]] size_t octets() const { return octets_; }
  // True where the line is longer than the limit of its kind allows, or
  // holds a NUL: then it must not be run.
  [[nodiscard]] bool too_long(bool is_response) const;
  [[nodiscard]] bool has_nul() const { return has_nul_; }
  // Not all of it was kept: that is the beginning of a line, whose end no login
  // can need, and must not be taken for the whole.
  [[nodiscard]] bool is_cut() const { return is_cut_; }
  // Without LF, and without spaces and a CR at its end that were not kept.
  [[nodiscard]] std::string_view text() const;
  // A line may hold a password; only the octets in use are touched.
  void wipe();

 private:
  void leave_out(char c);

  std::array<char, kKeptOctets> octet_;
  size_t octets_ = 0;
  char last_ = '\0';
  bool has_nul_ = false;
  bool is_cut_ = false;
};

}  // namespace popup
