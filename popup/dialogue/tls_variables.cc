// SPDX-License-Identifier: ISC
// Runs as root: checks the TLS server's answer, which the dialogue has read.
#include "popup/dialogue/tls_variables.h"

#include <algorithm>

#include "lib/text/text.h"

namespace popup {
namespace {

constexpr std::string_view kPrefix = "SSL_";

bool exportable_name(std::string_view name) {
  constexpr std::string_view kAllowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
  // OpenSSL looks for certificates there: a TLS server must not choose that.
  if (name == "SSL_CERT_FILE" || name == "SSL_CERT_DIR") return false;
  return name.starts_with(kPrefix) && name.size() > kPrefix.size() &&
         name.find_first_not_of(kAllowed) == std::string_view::npos;
}

// The client's certificate may choose parts of a value.
bool exportable_value(std::string_view value) {
  const bool pem = value.starts_with("-----BEGIN ");
  return std::ranges::all_of(value, [pem](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte >= 0x20 && byte != 0x7f) || (pem && (c == '\n' || c == '\r'));
  });
}

}  // namespace

TlsBlockEnd::State TlsBlockEnd::feed(std::string_view bytes) {
  for (const char c : bytes) {
    if (state_ != State::More) break;
    ++size_;
    if (c == '\0' && after_nul_)
      state_ = State::Complete;
    else if (size_ == kLongestTlsBlock)
      state_ = State::TooLong;
    after_nul_ = c == '\0';
  }
  return state_;
}

std::optional<TlsVariable> TlsVariables::next() {
  for (;;) {
    const size_t end = rest_.find('\0');
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view entry = rest_.substr(0, end);
    const size_t equals = entry.find('=');
    TlsVariable variable{entry.substr(0, equals), std::nullopt};
    if (equals != std::string_view::npos)
      variable.value = entry.substr(equals + 1);
    rest_.remove_prefix(end + 1);
    if (exportable_name(variable.name) &&
        exportable_value(variable.value.value_or("")))
      return variable;
  }
}

std::optional<std::string_view> find_senseless_entry(std::string_view block) {
  while (!block.empty()) {
    const std::string_view entry = lib::next_field(block, '\0');
    if (entry.empty() || entry.find('=') != std::string_view::npos) continue;
    if (!exportable_name(entry) || entry == "SSL_PROTOCOL") return entry;
  }
  return std::nullopt;
}

}  // namespace popup
