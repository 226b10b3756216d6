// SPDX-License-Identifier: ISC
#pragma once

#include <cstdint>
#include <string_view>

#include "checkpw/stores/account.h"

// The text format that Dovecot calls passwd-file and libpam-pwdfile reads:
//   login:[{SCHEME}]secret:uid:gid:gecos:home:shell:extra
// uid and gid are numbers, names or empty; extra holds words key[=value].
// Empty lines and lines that start with '#' are comments.  Pure.
namespace checkpw {

// Looks for one login in the lines that it is shown.
class PasswdScan {
 public:
  enum class State {
    Absent,
    Found,    // the account is in the lookup
    Damaged,  // this login's line is not to be trusted: see reason(); a later
              // line may still change that
  };

  PasswdScan(std::string_view login, Lookup& into)
      : login_(login), into_(into) {}

  // line may end in CR.  whole is false where the line was longer than the
  // reader's bound.
  void show(std::string_view line, bool whole);

  [[nodiscard]] State state() const { return state_; }
  // A constant text for the log: which field is at fault.
  [[nodiscard]] const char* reason() const { return reason_; }
  // The number of the line that is at fault, from 1.
  [[nodiscard]] uint64_t line() const { return line_; }

 private:
  void judge(std::string_view fields, bool exact, bool whole);
  void take(std::string_view fields);
  void damaged(const char* reason);

  std::string_view login_;
  Lookup& into_;
  State state_ = State::Absent;
  bool decided_ = false;  // a line of exactly this login was seen
  const char* reason_ = "";
  uint64_t shown_ = 0;
  uint64_t line_ = 0;
};

// Why login cannot be meant: it begins with a byte order mark, or begins or
// ends with a blank or a control character, so that nobody could log in.
// nullptr: nothing is wrong with it.
const char* login_fault(std::string_view login);

// Reads the fields after login into account.  nullptr, or the name of the
// field that is at fault.
const char* parse_account(std::string_view login, std::string_view fields,
                          Account& account);

// Offers the secret of these fields as the cost of refusals, if it is a hash.
void offer_dummy(std::string_view fields, Lookup& into);

}  // namespace checkpw
