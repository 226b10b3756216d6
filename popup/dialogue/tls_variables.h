// SPDX-License-Identifier: ISC
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

// What a UCSPI-TLS server answers to `Y`: VAR=value\0 ... VAR=value\0\0.
// Pure, and without heap: views into the bytes that were received.
namespace popup {

// The most that is read of a server.
constexpr size_t kLongestTlsBlock = 65536;

// Finds the end of the block, two NULs in a row, in bytes that come in any
// portions.
class TlsBlockEnd {
 public:
  enum class State { More, Complete, TooLong };

  // Once Complete or TooLong the state does not change.  Bytes behind the
  // end do not count.
  State feed(std::string_view bytes);
  [[nodiscard]] State state() const { return state_; }
  // The block with its two NULs; what came so far until Complete.
  [[nodiscard]] size_t size() const { return size_; }

 private:
  size_t size_ = 0;
  bool after_nul_ = false;
  State state_ = State::More;
};

struct TlsVariable {
  std::string_view name;                  // SSL_[A-Z0-9_]+
  std::optional<std::string_view> value;  // none: the variable is to be unset
};

// Goes through a complete block and passes on what may be exported: entries
// whose name is SSL_[A-Z0-9_]+ (but SSL_CERT_FILE and SSL_CERT_DIR, which
// OpenSSL obeys) and whose value has no control characters; a
// PEM certificate may have line ends.  Others are skipped, as is an entry
// without its NUL.
class TlsVariables {
 public:
  explicit TlsVariables(std::string_view block) : rest_(block) {}
  std::optional<TlsVariable> next();

 private:
  std::string_view rest_;
};

// The first entry without `=' that unsets nothing which a TLS server may
// leave out: it is no name to be exported, or SSL_PROTOCOL, which all know.
std::optional<std::string_view> find_senseless_entry(std::string_view block);

// The value of a variable of the block; nullopt where it is unset, absent or
// not to be exported.  Of several the last counts.
std::optional<std::string_view> find_tls_variable(std::string_view block,
                                                  std::string_view name);

}  // namespace popup
