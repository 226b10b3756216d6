// SPDX-License-Identifier: ISC
// Runs as root: data only.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "lib/process/checkpassword.h"

namespace popup {

// How a login try ended: result= of event=login.
enum class LoginResult { Ok, Denied, Temporary, Timeout, Limit, Gone };

inline constexpr std::array<std::string_view, 6> kLoginResults{
    "ok", "denied", "temporary", "timeout", "limit", "gone"};

struct LoginEnd {
  LoginResult result;
  lib::Mechanism mechanism;  // Unnamed if nothing was tried
};

// How TLS began: after STLS, before the greeting (--tls-listen), or at a proxy
// that says so in its header.  Failed: event=tls has a line about the client.
enum class TlsStart { Stls, AtOnce, Proxy, Failed };

}  // namespace popup
