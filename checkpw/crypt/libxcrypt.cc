// SPDX-License-Identifier: ISC
// Runs as root: computes hashes of passwords that may be wrong.
#include <array>
#include <cstring>

#include "checkpw/crypt/crypt_methods.h"

// The part of libxcrypt's <crypt.h> that we use.  That header includes glibc's
// own, and musl has a different <crypt.h>.  The ABI of these functions is fixed
// (crypt(3), crypt_gensalt(3), crypt_checksalt(3)).
extern "C" {
char* crypt_rn(const char* phrase, const char* setting, void* data, int size);
char* crypt_gensalt_rn(const char* prefix, unsigned long count,
                       const char* random, int random_size, char* output,
                       int output_size);
int crypt_checksalt(const char* setting);
}

namespace checkpw {
namespace {

// crypt_checksalt's answers for methods that crypt_rn can compute.
constexpr int kSaltOk = 0;
constexpr int kSaltLegacy = 3;

// struct crypt_data: zero before its use, wiped because it holds key material.
constexpr size_t kWorkSize = 32768;

}  // namespace

bool knows_method(const char* hash) {
  const int kind = crypt_checksalt(hash);
  return kind == kSaltOk || kind == kSaltLegacy;
}

bool crypt_phrase(const char* phrase, const char* setting, HashText& into) {
  alignas(16) std::array<char, kWorkSize> work{};
  // Unlike crypt_r, crypt_rn returns NULL if it fails, and never "*0".
  const char* made = crypt_rn(phrase, setting, work.data(), kWorkSize);
  if (made != nullptr) into << made;
  explicit_bzero(work.data(), work.size());
  return made != nullptr;
}

bool crypt_setting(const char* prefix, unsigned long cost, HashText& into) {
  char made[192];  // CRYPT_GENSALT_OUTPUT_SIZE
  if (crypt_gensalt_rn(prefix, cost, nullptr, 0, made, sizeof made) == nullptr)
    return false;
  into << made;
  return true;
}

}  // namespace checkpw
