// SPDX-License-Identifier: ISC
// Runs as root: parses stored secrets; pure.
#include "checkpw/crypt/scheme.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <span>

#include "checkpw/crypt/hash.h"
#include "checkpw/crypt/hash_cost.h"
#include "lib/crypto/md5.h"
#include "lib/text/base64.h"
#include "lib/text/text.h"

namespace checkpw {
namespace {

enum class Form {
  Crypt,
  Plain,
  Digest,
  Salted,  // a digest and then its salt
  CramMd5,
};

struct Scheme {
  const char* name;
  Form form;
  DigestMethod digest = DigestMethod::Md5;
  // A value that has an encoding or begins with $ is for crypt(3).
  bool may_be_crypt = false;
};

constexpr auto kSchemes = std::to_array<Scheme>({
    {"CRYPT", Form::Crypt},
    {"DES-CRYPT", Form::Crypt},
    {"MD5-CRYPT", Form::Crypt},
    {"SHA256-CRYPT", Form::Crypt},
    {"SHA512-CRYPT", Form::Crypt},
    {"BLF-CRYPT", Form::Crypt},
    {"MD5", Form::Digest, DigestMethod::Md5, true},
    {"PLAIN", Form::Plain},
    {"CLEAR", Form::Plain},
    {"CLEARTEXT", Form::Plain},
    {"PLAIN-MD5", Form::Digest, DigestMethod::Md5},
    {"LDAP-MD5", Form::Digest, DigestMethod::Md5},
    {"SHA", Form::Digest, DigestMethod::Sha1},
    {"SHA1", Form::Digest, DigestMethod::Sha1},
    {"SHA256", Form::Digest, DigestMethod::Sha256},
    {"SHA512", Form::Digest, DigestMethod::Sha512},
    {"SMD5", Form::Salted, DigestMethod::Md5},
    {"SSHA", Form::Salted, DigestMethod::Sha1},
    {"SSHA256", Form::Salted, DigestMethod::Sha256},
    {"SSHA512", Form::Salted, DigestMethod::Sha512},
    {"CRAM-MD5", Form::CramMd5},
    {"HMAC-MD5", Form::CramMd5},
});

// Dovecot's schemes that are known by name only.
constexpr auto kUnsupported = std::to_array<const char*>(
    {"ARGON2",        "ARGON2I",       "ARGON2ID",      "DIGEST-MD5",
     "LANMAN",        "NTLM",          "OTP",           "PBKDF2",
     "PBKDF2-SHA1",   "PBKDF2-SHA256", "PBKDF2-SHA512", "PLAIN-MD4",
     "PLAIN-TRUNC",   "RPA",           "SASL",          "SCRAM-SHA-1",
     "SCRAM-SHA-256", "SHA384",        "SKEY",          "SSHA384"});

// nullptr if the name is not known.
const Scheme* find_scheme(std::string_view name) {
  for (const Scheme& scheme : kSchemes)
    if (lib::equal_caseless(scheme.name, name)) return &scheme;
  return nullptr;
}

const char* find_unsupported(std::string_view name) {
  for (const char* unsupported : kUnsupported)
    if (lib::equal_caseless(unsupported, name)) return unsupported;
  return nullptr;
}

enum class Encoding { None, Hex, Base64 };

std::optional<Encoding> find_encoding(std::string_view name) {
  if (lib::equal_caseless(name, "HEX")) return Encoding::Hex;
  if (lib::equal_caseless(name, "B64") || lib::equal_caseless(name, "BASE64"))
    return Encoding::Base64;
  return std::nullopt;
}

std::optional<size_t> decode_hex(std::string_view text, std::span<char> into) {
  if (text.size() % 2 != 0 || text.size() / 2 > into.size())
    return std::nullopt;
  unsigned bits = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const size_t digit = lib::kHexDigits.find(lib::to_lower(text[i]));
    if (digit == std::string_view::npos) return std::nullopt;
    bits = bits << 4U | static_cast<unsigned>(digit);
    into[i / 2] = static_cast<char>(bits & 0xffU);
  }
  return text.size() / 2;
}

// Replaces into by what value stands for.  If value is not in this encoding, or
// too long, into is empty.
void decode(Encoding encoding, std::string_view value, lib::Secret& into) {
  into.wipe();
  if (encoding == Encoding::None) {
    into << value;
    return;
  }
  std::array<char, lib::kCredentialsSize> bytes;
  const auto size = encoding == Encoding::Hex
                        ? decode_hex(value, bytes)
                        : lib::decode_base64(value, bytes);
  if (size) into << std::string_view(bytes.data(), *size);
  explicit_bzero(bytes.data(), bytes.size());
}

bool is_locked(std::string_view value) {
  return value.empty() || value[0] == '!' || value[0] == '*';
}

SecretKind kind_of_hash(std::string_view text) {
  if (is_locked(text)) return SecretKind::Locked;
  if (!is_hash(text)) return SecretKind::Invalid;
  return is_affordable(text) ? SecretKind::Hash : SecretKind::Costly;
}

Form form_of(const Scheme& scheme, bool has_encoding, std::string_view value) {
  const bool is_crypt =
      scheme.may_be_crypt && (has_encoding || value.starts_with('$'));
  return is_crypt ? Form::Crypt : scheme.form;
}

// The encoding of a value whose scheme names none.  If the value has a fixed
// size, its length tells hexadecimal digits from base64.
Encoding default_encoding(Form form, size_t size, size_t length) {
  const bool is_fixed = form == Form::Digest || form == Form::CramMd5;
  if (is_fixed && length == 2 * size) return Encoding::Hex;
  return is_fixed || form == Form::Salted ? Encoding::Base64 : Encoding::None;
}

// text is decoded and not empty; size is that of the form's digest.
SecretKind kind_of(Form form, size_t size, std::string_view text) {
  const bool is_salted =
      text.size() > size && text.size() <= size + kLongestSalt;
  const bool has_nul = text.find('\0') != std::string_view::npos;
  switch (form) {
    case Form::Crypt: return kind_of_hash(text);
    case Form::Plain: return has_nul ? SecretKind::Invalid : SecretKind::Plain;
    case Form::Digest:
      return text.size() == size ? SecretKind::Digest : SecretKind::Invalid;
    case Form::Salted:
      return is_salted ? SecretKind::Digest : SecretKind::Invalid;
    case Form::CramMd5:
      return text.size() == size ? SecretKind::CramMd5 : SecretKind::Invalid;
  }
  return SecretKind::Invalid;
}

SecretKind parse_value(const Scheme& scheme, std::optional<Encoding> encoding,
                       std::string_view value, lib::Secret& into) {
  const Form form = form_of(scheme, encoding.has_value(), value);
  if (value.empty() || (form != Form::Plain && is_locked(value)))
    return SecretKind::Locked;
  const size_t size = form == Form::CramMd5 ? sizeof(lib::HmacMd5Key)
                                            : digest_size(scheme.digest);
  if (!encoding) encoding = default_encoding(form, size, value.size());
  decode(*encoding, value, into);
  return into.empty() ? SecretKind::Invalid : kind_of(form, size, into.view());
}

// name is what stands between the braces, rest begins with the closing one.
void parse_schemed(std::string_view name, std::string_view rest,
                   StoredSecret& into) {
  into.kind = SecretKind::Invalid;
  if (rest.empty()) return;
  const std::string_view base = name.substr(0, name.find('.'));
  const Scheme* const scheme = find_scheme(base);
  into.scheme = scheme != nullptr ? scheme->name : find_unsupported(base);
  if (scheme == nullptr) return;
  std::optional<Encoding> encoding;
  if (base.size() < name.size()) {
    encoding = find_encoding(name.substr(base.size() + 1));
    if (!encoding) return;
  }
  into.digest = scheme->digest;
  into.kind = parse_value(*scheme, encoding, rest.substr(1), into.text);
}

}  // namespace

void parse_secret(std::string_view field, StoredSecret& into) {
  constexpr Scheme kNone{nullptr, Form::Crypt};
  if (!field.starts_with('{')) {
    into.kind = parse_value(kNone, std::nullopt, field, into.text);
  } else {
    const size_t end = std::min(field.find('}'), field.size());
    parse_schemed(field.substr(1, end - 1), field.substr(end), into);
  }
  if (into.kind == SecretKind::Locked || into.kind == SecretKind::Invalid)
    into.text.wipe();
}

bool may_hold_hash(std::string_view field) {
  if (!field.starts_with('{')) return true;
  const size_t end = field.find_first_of(".}");
  const Scheme* const scheme = find_scheme(field.substr(1, end - 1));
  return scheme != nullptr &&
         (scheme->form == Form::Crypt || scheme->may_be_crypt);
}

const char* secret_fault(SecretKind kind) {
  if (kind == SecretKind::Invalid) return "secret";
  return kind == SecretKind::Costly ? "setting" : nullptr;
}

}  // namespace checkpw
