// SPDX-License-Identifier: ISC
#pragma once

#include <cstddef>

// What we use of libxcrypt's <crypt.h>.  That header wants glibc's, so the
// musl build declares the same functions itself; their ABI is fixed
// (crypt(3), crypt_gensalt(3), crypt_checksalt(3)).
#ifdef __GLIBC__
#include <crypt.h>
static_assert(sizeof(crypt_data) == 32768);
#else
extern "C" {

// Opaque to us; zero before its first use.
struct crypt_data {
  alignas(16) char bytes[32768];
};
char* crypt_rn(const char* phrase, const char* setting, void* data, int size);
char* crypt_gensalt_rn(const char* prefix, unsigned long count,
                       const char* random, int random_size, char* output,
                       int output_size);
int crypt_checksalt(const char* setting);

}  // extern "C"

constexpr int CRYPT_SALT_OK = 0;                   // NOLINT: libxcrypt's names
constexpr int CRYPT_SALT_METHOD_LEGACY = 3;        // NOLINT
constexpr size_t CRYPT_GENSALT_OUTPUT_SIZE = 192;  // NOLINT
#endif
