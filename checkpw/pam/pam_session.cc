// SPDX-License-Identifier: ISC
// Runs as root: asks PAM.
#include "checkpw/pam/pam_session.h"

#include <cstdlib>
#include <cstring>

namespace checkpw {
namespace {

void free_answers(pam_response* answers, int count) {
  for (int i = 0; i < count; ++i) {
    if (answers[i].resp == nullptr) continue;
    explicit_bzero(answers[i].resp, strlen(answers[i].resp));
    free(answers[i].resp);
  }
  free(answers);
}

// Answers one question of a module.  A POP3 client can only be asked for its
// secret.
bool answer(const pam_message& question, lib::Secret& password,
            pam_response& into) {
  switch (question.msg_style) {
    case PAM_PROMPT_ECHO_OFF:
      into.resp = strdup(password.c_str());
      return into.resp != nullptr;
    case PAM_ERROR_MSG:
    case PAM_TEXT_INFO: return true;
    default: return false;
  }
}

int converse(int count, const pam_message** questions, pam_response** answers,
             void* password) {
  if (count < 1 || count > PAM_MAX_NUM_MSG) return PAM_CONV_ERR;
  auto* const replies = static_cast<pam_response*>(
      calloc(static_cast<size_t>(count), sizeof(pam_response)));
  if (replies == nullptr) return PAM_BUF_ERR;
  for (int i = 0; i < count; ++i) {
    if (answer(*questions[i], *static_cast<lib::Secret*>(password), replies[i]))
      continue;
    free_answers(replies, count);
    return PAM_CONV_ERR;
  }
  *answers = replies;
  return PAM_SUCCESS;
}

PamVerdict judge(int result) {
  switch (result) {
    case PAM_SUCCESS: return PamVerdict::Accepted;
    case PAM_ACCT_EXPIRED:
    case PAM_AUTHTOK_EXPIRED:
    case PAM_CRED_EXPIRED:
    case PAM_NEW_AUTHTOK_REQD: return PamVerdict::Expired;
    case PAM_AUTH_ERR:
    case PAM_CRED_INSUFFICIENT:
    case PAM_MAXTRIES:
    case PAM_PERM_DENIED:
    case PAM_USER_UNKNOWN: return PamVerdict::Refused;
    default: return PamVerdict::Temporary;
  }
}

}  // namespace

PamSession::PamSession(const char* service, const char* login, const char* host,
                       lib::Secret& password)
    : conversation_{converse, &password},
      result_(pam_start(service, login, &conversation_, &handle_)) {
  if (result_ == PAM_SUCCESS && host[0] != '\0')
    result_ = pam_set_item(handle_, PAM_RHOST, host);
}

PamSession::~PamSession() {
  if (handle_ != nullptr) pam_end(handle_, result_);
}

PamVerdict PamSession::authenticate() {
  constexpr int kFlags = PAM_SILENT | PAM_DISALLOW_NULL_AUTHTOK;
  if (result_ == PAM_SUCCESS) result_ = pam_authenticate(handle_, kFlags);
  if (result_ == PAM_SUCCESS) result_ = pam_acct_mgmt(handle_, kFlags);
  return judge(result_);
}

std::string PamSession::user() const {
  const void* user = nullptr;
  if (pam_get_item(handle_, PAM_USER, &user) != PAM_SUCCESS || user == nullptr)
    return {};
  return static_cast<const char*>(user);
}

std::string PamSession::maildir() const {
  const char* maildir = pam_getenv(handle_, "MAILDIR");
  return maildir == nullptr ? "" : maildir;
}

const char* PamSession::error() const {
  return pam_strerror(handle_, result_);
}

}  // namespace checkpw
