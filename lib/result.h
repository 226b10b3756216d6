// SPDX-License-Identifier: ISC
// May run as root.
#pragma once

#include <cerrno>
#include <optional>
#include <utility>

namespace lib {

// An operation that failed.  doing says which, and starts with a verb ("open
// Maildir/new").  code is an errno, or 0.  file names the file for the log, if
// there is one.  Both texts are borrowed: constants, arguments of the program,
// or texts that outlive this copy of the error.
struct Error {
  const char* doing = "";
  int code = 0;
  const char* file = nullptr;

  static Error from_errno(const char* doing, const char* file = nullptr) {
    return {doing, errno, file};
  }
  // The same error, about the file if it names none yet.
  [[nodiscard]] Error about(const char* name) const {
    return {doing, code, file != nullptr ? file : name};
  }
};

// A value, or the error that prevented it.
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : value_(std::move(value)) {}  // NOLINT: meant to convert
  Result(Error error) : error_(error) {}         // NOLINT: meant to convert

  [[nodiscard]] bool ok() const { return value_.has_value(); }
  [[nodiscard]] T& value() { return *value_; }
  [[nodiscard]] const T& value() const { return *value_; }
  [[nodiscard]] const Error& error() const { return error_; }

 private:
  std::optional<T> value_;
  Error error_;
};

// Success, or the error.
class [[nodiscard]] Status {
 public:
  Status() = default;
  Status(Error error) : error_(error), ok_(false) {}  // NOLINT: as above

  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] const Error& error() const { return error_; }

 private:
  Error error_;
  bool ok_ = true;
};

}  // namespace lib
