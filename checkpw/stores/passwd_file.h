// SPDX-License-Identifier: ISC
#pragma once

#include <cstdint>
#include <string_view>

#include "checkpw/stores/account.h"

// The text format that Dovecot calls passwd-file and libpam-pwdfile reads:
//   login:[{SCHEME}]secret:uid:gid:gecos:home:shell:extra
// uid and gid are numbers, names or empty; extra holds settings key[=value],
// separated by spaces.  Empty lines and lines that start with '#' are comments.
// Pure.
namespace checkpw {

// Looks for one login in the lines that it is shown.
class PasswdScan {
 public:
  enum class State {
    Absent,
    Found,    // the account is in the lookup
    Damaged,  // this login's line is damaged, see reason(); a later line may
              // still replace it
  };

  PasswdScan(std::string_view login, Lookup& into)
      : login_(login), into_(into) {}

  // Shows the next line, which may end in CR.  whole is false if the line was
  // longer than lib::kLineSize.
  void show(std::string_view line, bool whole);

  [[nodiscard]] State state() const { return state_; }
  // The name of the damaged field, a constant text for the log.
  [[nodiscard]] const char* reason() const { return reason_; }
  // The number of the damaged line, from 1.
  [[nodiscard]] uint64_t line() const { return line_; }

 private:
  void judge(std::string_view fields, bool exact, bool whole);

  std::string_view login_;
  Lookup& into_;
  State state_ = State::Absent;
  bool decided_ = false;  // a line of exactly this login was seen
  const char* reason_ = "";
  uint64_t shown_ = 0;
  uint64_t line_ = 0;
};

// Why nobody could log in by this login: it begins with a byte order mark, or
// begins or ends with a blank or a control character.  nullptr: it is fine.
const char* login_fault(std::string_view login);

// Reads the fields after login into account.  Returns nullptr, or the name of
// the damaged field.
const char* parse_account(std::string_view login, std::string_view fields,
                          Account& account);

// Offers the secret in these fields, if it is a hash, for refusals.
void offer_secret_as_dummy(std::string_view fields, Lookup& into);

}  // namespace checkpw
