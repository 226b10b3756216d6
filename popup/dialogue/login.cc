// SPDX-License-Identifier: ISC
// Never runs as root: the dialogue parses, and it is confined.
#include "popup/dialogue/login.h"

#include <array>
#include <utility>

#include "lib/text/base64.h"
#include "lib/text/text.h"
#include "popup/dialogue/sasl.h"

namespace popup {

using lib::Command;
using lib::Mechanism;

// A line with credentials in base 64, after the longest keyword and mechanism,
// is kept in whole.
static_assert(lib::kCredentialsSize * 4 / 3 + 32 <= kKeptOctets);

// The kinds of arguments.
enum class Takes {
  Value,    // everything after the keyword's space, including spaces
  Words,    // words, without the spaces around them
  Nothing,  // only spaces are allowed
};

struct Login::Verb {
  std::string_view name;
  Next (Login::*run)(std::string_view argument);
  std::string_view shown;  // text for a trace; empty: the line itself
  Takes takes;
  bool logs_in = false;  // refused before TLS if TLS is required
};

// Commands without arguments are traced without any: a stray argument could be
// a password.  NOOP is not here: it belongs to the TRANSACTION state (RFC 1939
// section 5).
constinit const Login::Verb Login::kVerbs[] = {
    {"USER", &Login::user, "", Takes::Value, true},
    {"PASS", &Login::pass, "PASS <hidden>", Takes::Value, true},
    {"APOP", &Login::apop, "APOP <hidden>", Takes::Words, true},
    {"AUTH", &Login::auth, "AUTH <hidden>", Takes::Words, true},
    {"CAPA", &Login::capa, "CAPA", Takes::Nothing},
    {"STLS", &Login::stls, "STLS", Takes::Nothing},
    {"QUIT", &Login::quit, "QUIT", Takes::Nothing},
};

Next Login::feed(char c) {
  if (finished_) {
    line_.wipe();
    reply_.clear();
    shown_.clear();
  }
  finished_ = line_.add(c);
  if (++tally_.octets == kTlsHello.size() && line_.text() == kTlsHello)
    return close(CloseReason::TlsHello, "no TLS on this port");
  if (tally_.octets > kMostOctets)
    return close(CloseReason::Octets, "too much before the login");
  if (!finished_) return Next::Octet;
  if (++tally_.lines > kMostLines)
    return close(CloseReason::Lines, "too many commands before the login");
  return handle_line();
}

// A line that is too long or contains a NUL is never run, not even its
// beginning; it ends a SASL exchange.
Next Login::handle_line() {
  if (awaiting_ != Mechanism::Unnamed) return handle_response(line_.text());
  const Command command = lib::split_command(line_.text());
  const bool is_auth = lib::equal_caseless(command.keyword, "AUTH");
  if (!is_unusable() || is_auth) return handle_command(command);
  const bool nul = line_.has_nul();
  (shown_ << (nul ? "(NUL, " : "(too long, ")).number(line_.octets())
      << " octets)";
  return bad(nul ? "no NUL, please" : "line too long");
}

bool Login::is_unusable() const {
  return line_.has_nul() || line_.is_cut() ||
         line_.too_long(awaiting_ != Mechanism::Unnamed);
}

Next Login::handle_command(const Command& command) {
  std::string_view text = line_.text();
  if (text.ends_with('\r')) text.remove_suffix(1);
  for (const Verb& verb : kVerbs) {
    if (!lib::equal_caseless(verb.name, command.keyword)) continue;
    shown_ << (verb.shown.empty() ? text : verb.shown);
    if (verb.logs_in && offer_.locked) return bad("not before TLS: use STLS");
    std::string_view argument = command.argument;
    if (verb.takes != Takes::Value) argument = lib::trim_spaces(argument);
    if (verb.takes == Takes::Nothing && !argument.empty()) {
      lib::FixedText<40> why;
      why << verb.name << " takes no argument";
      return bad(why.view());
    }
    return (this->*verb.run)(argument);
  }
  (shown_ << "(unknown, ").number(line_.octets()) << " octets)";
  return bad("unknown command, or not before login");
}

// A name may contain spaces, as a password may.
Next Login::user(std::string_view name) {
  user_.wipe();
  if (name.empty()) return bad("USER needs a name");
  user_ << name;
  return answer("+OK now PASS");
}

Next Login::pass(std::string_view password) {
  if (user_.empty()) return bad("USER first");
  // Some directory servers treat an empty password as an anonymous login.
  if (password.empty()) return bad("PASS needs a password");
  return authenticate(Mechanism::Pass, user_.view(), password);
}

// The digest is the last word; the name before it may contain spaces.
Next Login::apop(std::string_view words) {
  if (!offer_.apop) return bad("APOP is not offered");
  const auto proof = parse_digest(words);
  if (words.empty()) return bad("APOP needs a name and a digest");
  if (!proof) return malformed(Mechanism::Apop);
  return authenticate(Mechanism::Apop, lib::trim_trailing_spaces(proof->login),
                      proof->secret);
}

// RFC 5034 section 4.
Next Login::auth(std::string_view initial) {
  const std::string_view name = lib::next_word(initial);
  if (name.empty() && !is_unusable()) {
    reply_ << mechanisms_reply(offer_).view();
    return Next::Line;
  }
  user_.wipe();
  const Mechanism mechanism = offered_mechanism(offer_, name);
  if (mechanism == Mechanism::Unnamed)
    return bad("this mechanism is not offered");
  if (initial.empty() && !is_unusable()) {
    if (mechanism == Mechanism::CramMd5) return ask(mechanism, timestamp_);
    return ask(mechanism, mechanism == Mechanism::Plain ? "" : "Username:");
  }
  // The server speaks first here, so AUTH has no initial response.
  if (mechanism == Mechanism::CramMd5) return malformed(mechanism);
  awaiting_ = mechanism;
  return handle_response(initial);
}

Next Login::capa(std::string_view) {
  reply_ << capa_reply(offer_).view();
  return Next::Line;
}

// RFC 2595 section 4.
Next Login::stls(std::string_view) {
  if (!offer_.stls) return bad("STLS is not offered");
  answer("+OK begin TLS");
  return Next::StartTls;
}

Next Login::quit(std::string_view) {
  answer("+OK bye");
  return Next::Quit;
}

// text is a line of the exchange, or AUTH's initial response.  Cancelling does
// not count as a try (RFC 5034 section 4), but as a bad command, whose number
// is limited, too.
Next Login::handle_response(std::string_view text) {
  if (shown_.empty()) shown_ << "<hidden>";
  if (text.ends_with('\r')) text.remove_suffix(1);
  const bool usable = !is_unusable();
  const Mechanism awaited = std::exchange(awaiting_, Mechanism::Unnamed);
  if (text == "*" && usable) {
    user_.wipe();
    return bad("authentication cancelled");
  }
  if (!usable || !decode_response(text, decoded_)) return malformed(awaited);
  return handle_decoded(awaited);
}

Next Login::handle_decoded(Mechanism mechanism) {
  const std::string_view text = decoded_.view();
  if (mechanism == Mechanism::Login) {
    if (text.empty() || text.find('\0') != std::string_view::npos)
      return malformed(mechanism);
    if (!user_.empty()) return authenticate(mechanism, user_.view(), text);
    user_ << text;
    return ask(mechanism, "Password:");
  }
  const auto proof =
      mechanism == Mechanism::Plain ? parse_plain(text) : parse_digest(text);
  if (!proof) return malformed(mechanism);
  return authenticate(mechanism, proof->login, proof->secret);
}

// The space after "+" is sent even if the challenge is empty.
Next Login::ask(Mechanism mechanism, std::string_view challenge) {
  std::array<char, 128> text;
  const auto size = lib::encode_base64(challenge, text);
  awaiting_ = mechanism;
  reply_ << "+ " << std::string_view(text.data(), size.value_or(0)) << "\r\n";
  return Next::Line;
}

Next Login::answer(std::string_view text) {
  reply_ << text << "\r\n";
  return Next::Line;
}

Next Login::bad(std::string_view text) {
  if (++tally_.bad_commands > kBadCommands)
    return close(CloseReason::BadCommands, "too many bad commands");
  reply_ << "-ERR ";
  return answer(text);
}

Next Login::close(CloseReason reason, std::string_view text) {
  reason_ = reason;
  if (shown_.empty())
    (shown_ << "(not run, ").number(line_.octets()) << " octets)";
  reply_ << "-ERR ";
  answer(text);
  return Next::Close;
}

// Forget the name that AUTH was given: a later PASS must not use it.
Next Login::malformed(Mechanism mechanism) {
  user_.wipe();
  credentials_ = {.mechanism = mechanism};
  return Next::Authenticate;
}

Next Login::authenticate(Mechanism mechanism, std::string_view login,
                         std::string_view secret) {
  const size_t needed = login.size() + secret.size() + timestamp_.size() +
                        lib::mechanism_name(mechanism).size() + 4;
  if (needed > lib::kCredentialsSize) return malformed(mechanism);
  credentials_ = {.login = login,
                  .secret = secret,
                  .timestamp = timestamp_,
                  .mechanism = mechanism};
  return Next::Authenticate;
}

}  // namespace popup
