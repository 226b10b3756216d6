// SPDX-License-Identifier: ISC

#include "checkpw/cache/cache.h"

#include <filesystem>

#include "tests/unit/temporary_directory.h"
#include "tests/unit/unit.h"

using checkpw::Cache;
using checkpw::Verification;

namespace {

Verification of_login(std::string_view login) {
  return {.kind = "1",
          .path = "users",
          .login = login,
          .hash = "$1$abcdefgh$",
          .password = "sesame"};
}

}  // namespace

TEST(processes_that_make_the_file_at_once_lose_no_entry) {
  const unit::TemporaryDirectory directory({});
  const std::string path = directory / "cache";
  const lib::Log log("unit");
  const checkpw::CacheSettings settings{.cache_file = path.c_str(),
                                        .cache_size = 64};
  {
    Cache early(settings, log);
    CHECK(!early.holds(of_login("ann")));
    // The late process saw the file before it had its header.
    std::filesystem::resize_file(path, 0);
    Cache late(settings, log);
    CHECK(!late.holds(of_login("joe")));
    early.remember(of_login("ann"));
    late.remember(of_login("joe"));
  }
  CHECK(Cache(settings, log).holds(of_login("ann")));
  CHECK(Cache(settings, log).holds(of_login("joe")));
  CHECK(!Cache(settings, log).holds(of_login("bob")));
}

TEST(an_entry_is_lost_while_another_process_makes_the_file) {
  const unit::TemporaryDirectory directory({});
  const std::string path = directory / "cache";
  const lib::Log log("unit");
  const checkpw::CacheSettings settings{.cache_file = path.c_str(),
                                        .cache_size = 64};
  Cache cache(settings, log);
  CHECK(!cache.holds(of_login("ann")));
  std::filesystem::resize_file(path, 64);
  cache.remember(of_login("ann"));
  CHECK_EQUAL(std::filesystem::file_size(path), 64U);
}
