// SPDX-License-Identifier: ISC

#include "checkpw/cache/cache.h"

#include <fcntl.h>
#include <sys/file.h>

#include <filesystem>

#include "lib/io/unique_fd.h"
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

TEST(while_another_process_makes_the_file_a_login_does_without) {
  const unit::TemporaryDirectory directory({});
  const std::string path = directory / "cache";
  const lib::Log log("unit");
  const checkpw::CacheSettings settings{.cache_file = path.c_str(),
                                        .cache_size = 64};
  {
    const lib::UniqueFd maker(open(path.c_str(), O_RDWR | O_CREAT, 0600));
    CHECK_EQUAL(flock(maker.get(), LOCK_EX), 0);
    Cache other(settings, log);
    CHECK(!other.holds(of_login("ann")));
    other.remember(of_login("ann"));
    CHECK_EQUAL(std::filesystem::file_size(path), 0U);
  }
  {
    Cache next(settings, log);
    CHECK(!next.holds(of_login("ann")));
    next.remember(of_login("ann"));
  }
  CHECK(Cache(settings, log).holds(of_login("ann")));
}

TEST(a_file_that_is_emptied_during_a_login_stays_a_cache) {
  const unit::TemporaryDirectory directory({});
  const std::string path = directory / "cache";
  const lib::Log log("unit");
  const checkpw::CacheSettings settings{.cache_file = path.c_str(),
                                        .cache_size = 64};
  {
    Cache cache(settings, log);
    CHECK(!cache.holds(of_login("ann")));
    std::filesystem::resize_file(path, 0);
    cache.remember(of_login("ann"));
    CHECK_EQUAL(std::filesystem::file_size(path), 0U);
  }
  {
    Cache next(settings, log);
    CHECK(!next.holds(of_login("ann")));
    next.remember(of_login("ann"));
  }
  CHECK(Cache(settings, log).holds(of_login("ann")));
}
