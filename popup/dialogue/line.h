// SPDX-License-Identifier: ISC
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

// One line of a client, collected octet by octet in place (pure).  Only as much
// is kept as can be useful: a large object on the stack costs each login a page
// of memory for every 4 KiB.
namespace popup {

// RFC 2449 section 4 and RFC 5034 section 4, both with CR LF.
constexpr size_t kLongestCommand = 255;
constexpr size_t kLongestAuthLine = 12288;
// Enough for the longest AUTH whose credentials fit a checker's record.
constexpr size_t kKeptOctets = 768;

class Line {
 public:
  Line() = default;
  Line(const Line&) = delete;
  Line& operator=(const Line&) = delete;
  ~Line() { wipe(); }

  // True if c ended the line.  Octets that do not fit are counted, not kept.
  bool add(char c);
  // Octets so far, including the line end.
  [[nodiscard]] size_t octets() const { return octets_; }
  // True if the line is longer than the RFC allows for its kind: then it must
  // not be run.
  [[nodiscard]] bool too_long(bool is_response) const;
  [[nodiscard]] bool has_nul() const { return has_nul_; }
  // True if the line was truncated.  No valid login is that long, so it must
  // not be run.
  [[nodiscard]] bool is_cut() const { return is_cut_; }
  // The line without its LF, and without trailing spaces and CR that were not
  // kept.
  [[nodiscard]] std::string_view text() const;
  // Begins a new line.  Overwrites the old one, which may hold a password; only
  // the octets in use are touched.
  void wipe();

 private:
  std::array<char, kKeptOctets> octet_;
  size_t octets_ = 0;
  char last_ = '\0';
  bool has_nul_ = false;
  bool is_cut_ = false;
};

}  // namespace popup
