// SPDX-License-Identifier: ISC
// Runs as root, until it becomes the user.
//
// The five steps of a login: receive it on descriptor 3 (login/handover.h),
// look the account up (stores/), verify the secret (login/verify.h), become the
// user (login/become.h), run the next program.
#include "checkpw/cache/cache.h"
#include "checkpw/login/attempt.h"
#include "checkpw/login/dot_password.h"
#include "checkpw/login/dovecot.h"
#include "checkpw/options.h"
#include "checkpw/test_login.h"
#include "lib/process/option_table.h"

namespace checkpw {
namespace {

// The exit code that tells Dovecot that the user is unknown.
constexpr int kDovecotUnknown = 3;

// One login, whose account comes from the stores of the command line.
class Login final : public Attempt {
 public:
  Login(int argc, char** argv)
      : Attempt("checkpw"), options_(parse_options(argc, argv)) {
    begin(options_);
  }

  bool is_test() const { return options_.test != nullptr; }

  // A front end never comes here, even if its command line holds --test.
  lib::ExitCode test() {
    if (handover_.is_given() || !client_.local)
      lib::die_of_usage(lib::kTemporary, "checkpw",
                        "--test is for an administrator: descriptor 3 is open, "
                        "or there is a client");
    return test_login(options_, log_);
  }

  void look_up() {
    require(
        checkpw::look_up(options_.stores, handover_.login(), log_, lookup_));
    if (options_.dovecot && lookup_.found)
      require(require_ids(lookup_.account));
    if (options_.dot_password)
      require(read_dot_password(handover_.login(), handover_.credentials(),
                                log_, lookup_));
  }

  void verify() {
    if (options_.dovecot && is_dovecot_lookup()) return verify_lookup();
    const Terms terms{.least_uid = options_.least_uid,
                      .client = lib::parse_address(client_.ip.view()),
                      .local = client_.local};
    Cache cache(options_, log_);
    // All spellings of a login have one entry in the cache.
    lib::Credentials credentials = handover_.credentials();
    credentials.login = handover_.login();
    const auto verdict = checkpw::verify(credentials, lookup_, terms, cache);
    if (!verdict.ok()) end(verdict.error());
    wipe_secrets();
    if (verdict.value().refusal) refuse(*verdict.value().refusal);
    cached_ = verdict.value().cached;
  }

  void become_user() {
    if (options_.dovecot)
      return require(answer_dovecot(handover_.login(), lookup_.account));
    log_accept("cached", cached_ ? "yes" : "");
    become_owner(handover_.login());
  }

 private:
  bool is_known() override { return lookup_.found; }

  // Dovecot may look an account up to deliver mail to it.  So accounts that may
  // not log in are found, too.
  void verify_lookup() {
    wipe_secrets();
    if (!lookup_.found) refuse(Cause::Unknown, kDovecotUnknown);
    require(resolve_ids(lookup_.account));
    refuse_root(kDovecotUnknown);
  }

  const Options options_;
  bool cached_ = false;
};

}  // namespace
}  // namespace checkpw

int main(int argc, char** argv) {
  checkpw::Login login(argc, argv);
  if (login.is_test()) return login.test();
  login.receive();
  login.look_up();
  login.verify();
  login.become_user();
  login.run_program();
}
