// SPDX-License-Identifier: ISC
// Runs as root: the whole of checkpw-pam, until it becomes the user.
#include <pwd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>

#include "checkpw/login/attempt.h"
#include "checkpw/login/attempt_options.h"
#include "checkpw/pam/pam_session.h"
#include "checkpw/pam/password.h"
#include "lib/process/environment.h"
#include "lib/process/exit_code.h"
#include "lib/process/option_table.h"

namespace checkpw {
namespace {

// checkpw-pam's command line (checkpw-pam(8)).
struct PamOptions : AttemptOptions {
  const char* service = "pop3";
  const char* rhost = nullptr;  // PAM_RHOST, in place of the client's address
};

constexpr lib::HelpText kHelp{
    .program = "checkpw-pam",
    .operands = "program [argument ...]",
    .before =
        "Reads login, secret and timestamp from descriptor 3, asks PAM, "
        "becomes\nthe user that PAM names and runs program "
        "(checkpassword(7)).\n",
    .after = ""};

constexpr auto kPamOptions = std::to_array<lib::Option<PamOptions>>({
    {{0, "service", "name", "the PAM service (pop3)"},
     // It becomes the name of a file in /etc/pam.d.
     [](PamOptions& options, const char* value) {
       const std::string_view name = options.service = value;
       return !name.empty() && name.size() <= 64 && name[0] != '.' &&
              name.find('/') == std::string_view::npos;
     }},
    {{0, "rhost", "name", "PAM_RHOST, in place of the client's address"},
     // Modules write it into logs and the records of terminals.
     [](PamOptions& options, const char* value) {
       const std::string_view name = options.rhost = value;
       return !name.empty() && name.size() <= 255 &&
              std::ranges::all_of(name,
                                  [](char c) { return c > ' ' && c <= '~'; });
     }},
});
constexpr auto kOptions =
    lib::join(kPamOptions, kNameOptions<PamOptions>, kLogOptions<PamOptions>);

PamOptions parse_options(int argc, char** argv) {
  PamOptions options;
  lib::UsageFault fault;
  if (!lib::parse_options(kOptions, kHelp, argc, argv, options, fault))
    lib::die_of_usage(lib::kTemporary, kHelp.program, fault.view());
  if (optind >= argc)
    lib::die_of_usage(lib::kTemporary, kHelp.program, "a program is needed");
  options.program = argv + optind;
  return options;
}

// One login, which PAM decides.
class PamLogin final : public Attempt {
 public:
  PamLogin(int argc, char** argv)
      : Attempt("checkpw"), options_(parse_options(argc, argv)) {
    begin(options_);
  }

  void ask_pam() {
    lib::Secret password;
    if (!password_for_pam(handover_.credentials(), password))
      refuse(Cause::Password);
    const auto [verdict, error] = authenticate(password);
    password.wipe();
    wipe_secrets();
    if (verdict == PamVerdict::Refused) refuse(Cause::Password);
    if (verdict == PamVerdict::Expired) refuse(Cause::Expired);
    if (verdict == PamVerdict::Temporary)
      end({.doing = "ask PAM", .error = error});
  }

  // The owner of the storage must be an account of the system; the login need
  // not be one.
  void find_owner() {
    errno = 0;
    const passwd* entry = owner_.empty() ? nullptr : getpwnam(owner_.c_str());
    if (entry == nullptr && errno != 0 && errno != ENOENT)
      end(lib::Error::from_errno("look up the owner"));
    if (entry == nullptr) refuse(Cause::Unknown);
    set_owner(*entry, lookup_.account);
    refuse_root();
  }

  void become_user() {
    log_accept("owner", owner_);
    become_owner(owner_.c_str());
    // The storage is its owner's, but the session is the client's.
    lib::set_variable("USER", handover_.login());
    lib::set_variable("LOGNAME", handover_.login());
  }

 private:
  struct Answer {
    PamVerdict verdict;
    const char* error;  // a constant of libpam's
  };
  // PAM's modules are finished when this returns.
  Answer authenticate(lib::Secret& password) {
    PamSession pam(options_.service, handover_.login(), host(), password);
    const PamVerdict verdict = pam.authenticate();
    if (verdict == PamVerdict::Accepted) {
      owner_ = pam.user();
      lookup_.account.maildir = pam.maildir();
    }
    return {verdict, pam.error()};
  }

  // For PAM_RHOST; empty if nothing is known.
  const char* host() {
    if (options_.rhost != nullptr) return options_.rhost;
    return client_.ip.view() == "-" ? "" : client_.ip.c_str();
  }

  bool is_known() override { return getpwnam(handover_.login()) != nullptr; }

  const PamOptions options_;
  std::string owner_;
};

}  // namespace
}  // namespace checkpw

int main(int argc, char** argv) {
  checkpw::PamLogin login(argc, argv);
  login.receive();
  login.ask_pam();
  login.find_owner();
  login.become_user();
  login.run_program();
}
