// SPDX-License-Identifier: ISC
// A PAM module for the tests, as mdpop3d(8) describes one:
//   secret=TEXT     checks a password "APOP digest timestamp" against it;
//                   leaves any other password to the next module
//   owner=NAME      becomes PAM_USER
//   maildir=PATH    becomes $MAILDIR
//   record=FILE     gets PAM_RHOST and the kind of the password
//   account=expired | password_expired | broken
#include <security/pam_modules.h>

#include <array>
#include <cstdio>
#include <cstring>
#include <string>
#include <string_view>

#include "lib/crypto/md5.h"

namespace {

std::string option(int count, const char** values, std::string_view name) {
  for (int i = 0; i < count; ++i) {
    const std::string_view value = values[i];
    if (value.starts_with(name) && value.substr(name.size()).starts_with('='))
      return std::string(value.substr(name.size() + 1));
  }
  return {};
}

std::string password_of(pam_handle_t* pam) {
  const void* conversation = nullptr;
  pam_get_item(pam, PAM_CONV, &conversation);
  const auto* conv = static_cast<const pam_conv*>(conversation);
  const pam_message question{PAM_PROMPT_ECHO_OFF, "Password: "};
  const pam_message* questions = &question;
  pam_response* answer = nullptr;
  if (conv->conv(1, &questions, &answer, conv->appdata_ptr) != PAM_SUCCESS)
    return {};
  pam_set_item(pam, PAM_AUTHTOK, answer->resp);
  return answer->resp;
}

bool proves(std::string_view password, std::string_view secret) {
  const std::string_view digest = password.substr(5, 32);
  const std::array<std::string_view, 2> parts{password.substr(38), secret};
  const lib::Md5Hex wanted = lib::to_hex(lib::md5(parts));
  return digest == std::string_view(wanted.data(), wanted.size());
}

void record(pam_handle_t* pam, const std::string& file, bool apop) {
  const void* host = nullptr;
  pam_get_item(pam, PAM_RHOST, &host);
  FILE* out = fopen(file.c_str(), "a");
  if (out == nullptr) return;
  fprintf(out, "%s %s\n", apop ? "APOP" : "password",
          host == nullptr ? "-" : static_cast<const char*>(host));
  fclose(out);
}

}  // namespace

extern "C" int pam_sm_authenticate(pam_handle_t* pam, int, int count,
                                   const char** values) {
  const std::string password = password_of(pam);
  const bool apop = password.starts_with("APOP ") && password.size() > 38;
  const std::string file = option(count, values, "record");
  if (!file.empty()) record(pam, file, apop);
  const std::string owner = option(count, values, "owner");
  if (!owner.empty()) pam_set_item(pam, PAM_USER, owner.c_str());
  const std::string maildir = option(count, values, "maildir");
  if (!maildir.empty()) pam_putenv(pam, ("MAILDIR=" + maildir).c_str());
  if (!apop) return PAM_IGNORE;
  return proves(password, option(count, values, "secret")) ? PAM_SUCCESS
                                                           : PAM_AUTH_ERR;
}

extern "C" int pam_sm_setcred(pam_handle_t*, int, int, const char**) {
  return PAM_SUCCESS;
}

extern "C" int pam_sm_acct_mgmt(pam_handle_t*, int, int count,
                                const char** values) {
  const std::string account = option(count, values, "account");
  if (account == "expired") return PAM_ACCT_EXPIRED;
  if (account == "password_expired") return PAM_NEW_AUTHTOK_REQD;
  if (account == "broken") return PAM_AUTHINFO_UNAVAIL;
  return PAM_SUCCESS;
}
