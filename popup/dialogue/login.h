// SPDX-License-Identifier: ISC
#pragma once

#include <string_view>

#include "lib/crypto/secret.h"
#include "lib/process/checkpassword.h"
#include "lib/text/command.h"
#include "lib/text/fixed_text.h"
#include "popup/dialogue/limits.h"
#include "popup/dialogue/line.h"
#include "popup/dialogue/offer.h"

// The AUTHORIZATION state of RFC 1939, with RFC 2449, RFC 2595 and RFC 5034,
// fed octet by octet (pure).  It uses no heap: popup's dialogue runs it where
// brk and mmap are forbidden.
namespace popup {

// The caller's next step after an octet.
enum class Next {
  Octet,         // the line is not finished
  Line,          // write reply(), read on
  Authenticate,  // pass credentials() on, end; no reply
  StartTls,      // write reply(), end; TLS begins after this line
  Quit,          // write reply(), end
  Close,         // write reply(), end; reason() says why
};

class Login {
 public:
  // offer and timestamp must outlive the object.  timestamp is the banner's,
  // and CRAM-MD5's challenge; tally is what the connection has used up so far.
  Login(const Offer& offer, std::string_view timestamp, const Tally& tally)
      : offer_(offer), timestamp_(timestamp), tally_(tally) {}

  Next feed(char c);

  // The reply to the last finished line, and that line with its secrets hidden.
  // An unknown command is not shown at all: people mistype PASS, and put
  // passwords in wrong places.
  [[nodiscard]] std::string_view reply() const { return reply_.view(); }
  [[nodiscard]] std::string_view shown() const { return shown_.view(); }

  // After Authenticate, until the next octet.  Together with timestamp they fit
  // a record of checkpassword(7).  login and secret are empty if the client's
  // response was malformed for the mechanism: a failed try without anything to
  // check.
  [[nodiscard]] const lib::Credentials& credentials() const {
    return credentials_;
  }
  // After Close.
  [[nodiscard]] CloseReason reason() const { return reason_; }
  [[nodiscard]] const Tally& tally() const { return tally_; }

 private:
  struct Verb;
  static const Verb kVerbs[];

  Next handle_line();
  Next handle_command(const lib::Command& command);
  Next handle_response(std::string_view text);
  Next handle_decoded(lib::Mechanism mechanism);

  Next user(std::string_view name);
  Next pass(std::string_view password);
  Next apop(std::string_view words);
  Next auth(std::string_view words);
  Next capa(std::string_view nothing);
  Next stls(std::string_view nothing);
  Next quit(std::string_view nothing);

  Next ask(lib::Mechanism mechanism, std::string_view challenge);
  Next answer(std::string_view text);
  Next bad(std::string_view text);
  Next close(CloseReason reason, std::string_view text);
  Next malformed(lib::Mechanism mechanism);
  [[nodiscard]] bool is_unusable() const;
  Next authenticate(lib::Mechanism mechanism, std::string_view login,
                    std::string_view secret);

  const Offer& offer_;
  std::string_view timestamp_;
  Tally tally_;
  CloseReason reason_ = CloseReason::BadCommands;
  // The next line is a response of this mechanism, or, if Unnamed, a command.
  // AUTH LOGIN awaits the name while user_ is empty, then the password.
  lib::Mechanism awaiting_ = lib::Mechanism::Unnamed;
  bool finished_ = false;  // the line in line_ has been handled
  Line line_;
  lib::Secret user_;  // from USER, or from AUTH LOGIN's first response
  lib::Secret decoded_;
  lib::CapabilityReply reply_;
  lib::FixedText<kLongestCommand> shown_;
  lib::Credentials credentials_;
};

}  // namespace popup
