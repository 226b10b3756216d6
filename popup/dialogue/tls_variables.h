// SPDX-License-Identifier: ISC
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

// The answer of a UCSPI-TLS server to "Y": a block of variables,
// VAR=value\0 ... VAR=value\0\0.  Pure, and without heap: views into the bytes
// that were received.
namespace popup {

// A longer answer is refused.
constexpr size_t kLongestTlsBlock = 65536;

// Finds the end of the block, two NULs in a row, in bytes that come in any
// portions.
class TlsBlockEnd {
 public:
  enum class State { More, Complete, TooLong };

  // Once Complete or TooLong the state does not change.  Bytes after the end
  // are ignored.
  State feed(std::string_view bytes);
  [[nodiscard]] State state() const { return state_; }
  // The bytes so far; once Complete, the size of the block with its two NULs.
  [[nodiscard]] size_t size() const { return size_; }

 private:
  size_t size_ = 0;
  bool after_nul_ = false;
  State state_ = State::More;
};

struct TlsVariable {
  std::string_view name;                  // SSL_[A-Z0-9_]+
  std::optional<std::string_view> value;  // nullopt: unset the variable
};

// Goes through a complete block and returns the entries that may be exported:
// their name is SSL_[A-Z0-9_]+, but not SSL_CERT_FILE or SSL_CERT_DIR, which
// OpenSSL obeys, and their value has no control characters, but a PEM
// certificate may have line ends.  Skips all others, and an entry without its
// NUL.
class TlsVariables {
 public:
  explicit TlsVariables(std::string_view block) : rest_(block) {}
  std::optional<TlsVariable> next();

 private:
  std::string_view rest_;
};

// The first entry without '=' that is not a valid request to unset a variable:
// its name may not be exported, or it is SSL_PROTOCOL, which every TLS server
// knows.
std::optional<std::string_view> find_senseless_entry(std::string_view block);

}  // namespace popup
