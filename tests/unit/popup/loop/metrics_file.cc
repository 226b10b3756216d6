// SPDX-License-Identifier: ISC
#include "popup/loop/metrics_file.h"

#include <sys/resource.h>
#include <sys/stat.h>

#include <cerrno>
#include <csignal>
#include <fstream>
#include <iterator>
#include <string>

#include "tests/unit/temporary_directory.h"
#include "tests/unit/unit.h"

using popup::may_be_metrics_file;
using popup::replace_metrics_file;
using unit::TemporaryDirectory;

namespace fs = std::filesystem;

namespace {

std::string content(const fs::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

size_t count_files(const fs::path& directory) {
  return static_cast<size_t>(std::distance(fs::directory_iterator(directory),
                                           fs::directory_iterator()));
}

}  // namespace

TEST(the_file_is_replaced_and_readable_by_all_whatever_the_umask) {
  const TemporaryDirectory directory({});
  const std::string path = directory / "x.prom";
  const mode_t before = umask(0777);
  CHECK_EQUAL(replace_metrics_file(path.c_str(), "old\n"), 0);
  CHECK_EQUAL(replace_metrics_file(path.c_str(), "new\n"), 0);
  umask(before);
  CHECK_EQUAL(content(path), "new\n");
  CHECK(fs::status(path).permissions() == fs::perms{0644});
  CHECK_EQUAL(count_files(directory.path()), size_t{1});
}

TEST(what_a_killed_writer_left_does_not_stop_the_next_one) {
  const TemporaryDirectory directory({});
  const std::string path = directory / "x.prom";
  std::ofstream(path + ".tmp") << "half";
  CHECK_EQUAL(replace_metrics_file(path.c_str(), "new\n"), 0);
  CHECK_EQUAL(count_files(directory.path()), size_t{1});
}

TEST(a_link_of_the_temporary_name_is_not_followed) {
  const TemporaryDirectory directory({});
  const std::string path = directory / "x.prom";
  std::ofstream(directory / "target") << "precious";
  fs::create_symlink(directory / "target", path + ".tmp");
  CHECK_EQUAL(replace_metrics_file(path.c_str(), "new\n"), 0);
  CHECK_EQUAL(content(directory / "target"), "precious");
  CHECK(fs::is_regular_file(fs::symlink_status(path)));
}

TEST(only_a_regular_file_is_replaced) {
  const TemporaryDirectory directory({"folder.prom"});
  std::ofstream(directory / "target") << "precious";
  fs::create_symlink(directory / "target", directory / "link.prom");
  for (const char* name : {"folder.prom", "link.prom"}) {
    const std::string path = directory / name;
    CHECK_EQUAL(replace_metrics_file(path.c_str(), "new\n"), EEXIST);
    CHECK(!may_be_metrics_file(path));
  }
  CHECK_EQUAL(content(directory / "target"), "precious");
  CHECK_EQUAL(count_files(directory.path()), size_t{3});
}

TEST(a_failure_gives_its_errno_and_leaves_the_old_file) {
  const TemporaryDirectory directory({});
  const std::string missing = directory / "missing/x.prom";
  CHECK_EQUAL(replace_metrics_file(missing.c_str(), "new\n"), ENOENT);
  const std::string blocked = directory / "x.prom";
  std::ofstream(blocked) << "old";
  fs::create_directories(blocked + ".tmp");
  CHECK_EQUAL(replace_metrics_file(blocked.c_str(), "new\n"), EEXIST);
  CHECK_EQUAL(content(blocked), "old");
}

// As on a full disk.
TEST(a_file_that_cannot_be_written_whole_does_not_replace_the_old_one) {
  const TemporaryDirectory directory({});
  const std::string path = directory / "x.prom";
  std::ofstream(path) << "old";
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  const rlimit small{.rlim_cur = 2, .rlim_max = before.rlim_max};
  const auto handler = signal(SIGXFSZ, SIG_IGN);
  setrlimit(RLIMIT_FSIZE, &small);
  const int error = replace_metrics_file(path.c_str(), "new\n");
  setrlimit(RLIMIT_FSIZE, &before);
  signal(SIGXFSZ, handler);
  CHECK_EQUAL(error, EFBIG);
  CHECK_EQUAL(content(path), "old");
  CHECK_EQUAL(count_files(directory.path()), size_t{1});
}

TEST(the_name_must_be_free_or_ours_and_leave_room) {
  CHECK(may_be_metrics_file("x"));
  CHECK(may_be_metrics_file("/no/such/folder/x.prom"));
  CHECK(may_be_metrics_file(std::string(4086, 'x') + ".prom"));
  CHECK(!may_be_metrics_file(std::string(4087, 'x') + ".prom"));
  for (const char* path : {"", "/etc/passwd", "/dev/null", "x.prom/"})
    CHECK(!may_be_metrics_file(path));
}
