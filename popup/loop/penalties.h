// SPDX-License-Identifier: ISC
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "lib/text/address.h"

namespace popup {

// The delay that each source (lib::source_of) has earned by failed logins, for
// --penalty.  The first failure earns a second, each further one doubles the
// delay, up to a limit.  A minute without a failure halves it.  Less than a
// second is nothing, and the source is forgotten.
//
// The memory is fixed: each source has a place in one of kSets sets of kInSet
// places.  If all places of the set are taken, a new source replaces the one
// that owes least, which is the one that would be forgotten first.  So sources
// that failed once, however many, do not displace one that failed often.
//
// Makes no system calls after its construction; the time is an argument.
class Penalties {
 public:
  static constexpr size_t kSets = 1024;
  static constexpr size_t kInSet = 16;

  // seed is a secret: nobody may know which sources share a set.  If most_ms is
  // 0, there is no delay, and nothing is kept.
  Penalties(int64_t most_ms, uint64_t seed);

  // A login of this client was refused, or was successful.
  void failed(const lib::Address& client, int64_t now_ms);
  void succeeded(const lib::Address& client);
  // The delay of a new connection of this client.
  int64_t charge(const lib::Address& client, int64_t now_ms);

  // How many connections were delayed, and how many sources have a penalty now;
  // the latter goes through the whole table.
  [[nodiscard]] uint64_t delayed() const { return delayed_; }
  [[nodiscard]] size_t sources(int64_t now_ms) const;

 private:
  struct Source {
    lib::Address address;  // as lib::source_of() returns it
    int64_t failed_ms;     // the last failure
    int64_t delay_ms;      // what was owed then; 0: the place is free

    [[nodiscard]] int64_t owed_ms(int64_t now_ms) const;
    [[nodiscard]] int64_t forgotten_ms() const;
  };

  std::span<Source> set_of(const lib::Address& source);
  Source* find(const lib::Address& source);

  int64_t most_ms_;
  uint64_t seed_;
  Source* sources_ = nullptr;  // kSets times kInSet, zeroed by the kernel
  uint64_t delayed_ = 0;
};

}  // namespace popup
