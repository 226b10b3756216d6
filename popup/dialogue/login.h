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

enum class Next {
  Octet,         // the line is not finished
  Line,          // write reply(), read on
  Authenticate,  // credentials() has them, or what failed; no reply
  StartTls,      // write reply(), end; TLS begins behind this line
  Quit,          // write reply(), end
  Close,         // write reply(), end; reason() says why
};

class Login {
 public:
  // offer and timestamp outlive the object.  timestamp is the banner's, and
  // CRAM-MD5's challenge; tally that of the connection so far.
  Login(const Offer& offer, std::string_view timestamp, const Tally& tally)
      : offer_(offer), timestamp_(timestamp), tally_(tally) {}

  Next octet(char c);

  // Of the last finished line: the answer, and the line with its secrets
  // hidden.  What is no known command is not shown at all: people mistype
  // PASS, and put passwords where none belong.
  [[nodiscard]] std::string_view reply() const { return reply_.view(); }
  [[nodiscard]] std::string_view shown() const { return shown_.view(); }

  // After Authenticate, until the next octet.  They fit a record of
  // checkpassword(7) together with timestamp.  Login and secret are empty if
  // what the client sent for the mechanism can be no proof at all: that counts
  // as a failed try, though there is nothing to check.
  [[nodiscard]] const lib::Credentials& credentials() const {
    return credentials_;
  }
  // After Close.
  [[nodiscard]] Reason reason() const { return reason_; }
  [[nodiscard]] const Tally& tally() const { return tally_; }

 private:
  enum class Awaiting { Command, Plain, LoginName, LoginSecret, CramMd5 };
  struct Verb;
  static const Verb kVerbs[];
  static lib::Mechanism mechanism_of(Awaiting awaited);

  Next line();
  Next command(const lib::Command& command);
  Next response(std::string_view text);
  Next decoded_response(Awaiting awaited);

  Next run(const Verb& verb, std::string_view argument);
  Next user(std::string_view name);
  Next pass(std::string_view password);
  Next apop(std::string_view words);
  Next auth(std::string_view words);
  Next capa(std::string_view nothing);
  Next stls(std::string_view nothing);
  Next quit(std::string_view nothing);

  Next ask(Awaiting what, std::string_view challenge);
  Next answer(std::string_view text);
  Next bad(std::string_view text);
  Next close(Reason reason, std::string_view text);
  Next malformed(lib::Mechanism mechanism);
  [[nodiscard]] bool is_unusable() const;
  Next authenticate(lib::Mechanism mechanism, std::string_view login,
                    std::string_view secret);

  const Offer& offer_;
  std::string_view timestamp_;
  Tally tally_;
  Reason reason_ = Reason::BadCommands;
  Awaiting awaiting_ = Awaiting::Command;
  bool finished_ = false;  // the line in line_ has been handled
  Line line_;
  lib::Secret user_;  // of USER, or AUTH LOGIN's first answer
  lib::Secret decoded_;
  lib::CapabilityReply reply_;
  lib::FixedText<kLongestCommand> shown_;
  lib::Credentials credentials_;
};

}  // namespace popup
