// SPDX-License-Identifier: ISC
// May run as root.
#include "lib/process/checkpassword.h"

#include <array>
#include <utility>

namespace lib {
namespace {

constexpr std::array<std::pair<Mechanism, std::string_view>, 5> kNames{{
    {Mechanism::Pass, "PASS"},
    {Mechanism::Apop, "APOP"},
    {Mechanism::Plain, "PLAIN"},
    {Mechanism::Login, "LOGIN"},
    {Mechanism::CramMd5, "CRAM-MD5"},
}};
static_assert(kNames.size() == kMechanisms - 1);  // Unnamed has no name

// Removes one NUL-terminated field from rest, and returns it.
std::optional<std::string_view> terminated_field(std::string_view& rest) {
  const size_t end = rest.find('\0');
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view field = rest.substr(0, end);
  rest.remove_prefix(end + 1);
  return field;
}

bool has_nul(std::string_view field) {
  return field.find('\0') != std::string_view::npos;
}

}  // namespace

std::string_view mechanism_name(Mechanism mechanism) {
  for (const auto& [value, name] : kNames)
    if (value == mechanism) return name;
  return "-";
}

std::optional<Mechanism> mechanism_from_name(std::string_view name) {
  for (const auto& [value, known] : kNames)
    if (name == known) return value;
  return std::nullopt;
}

bool encode_credentials(const Credentials& credentials, Secret& record) {
  record.wipe();
  if (credentials.login.empty() || has_nul(credentials.login) ||
      has_nul(credentials.secret) || has_nul(credentials.timestamp))
    return false;
  record << credentials.login << '\0' << credentials.secret << '\0'
         << credentials.timestamp << '\0';
  if (credentials.mechanism != Mechanism::Unnamed)
    record << mechanism_name(credentials.mechanism) << '\0';
  if (!record.overflowed()) return true;
  record.wipe();
  return false;
}

std::optional<Credentials> decode_credentials(std::string_view record) {
  const auto login = terminated_field(record);
  const auto secret = terminated_field(record);
  if (!login || login->empty() || !secret) return std::nullopt;
  const auto timestamp = terminated_field(record);
  const auto mechanism = terminated_field(record);
  return Credentials{.login = *login,
                     .secret = *secret,
                     .timestamp = timestamp.value_or(""),
                     .mechanism = mechanism_from_name(mechanism.value_or(""))
                                      .value_or(Mechanism::Unnamed)};
}

}  // namespace lib
