// SPDX-License-Identifier: ISC
#include "popup/loop/metrics_file.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>

#include "tests/unit/temporary_directory.h"
#include "tests/unit/unit.h"

using popup::may_be_metrics_file;
using popup::MetricsFile;
using popup::MetricsText;
using popup::replace_metrics_file;
using unit::TemporaryDirectory;

namespace fs = std::filesystem;

namespace {

constexpr const char* kOld = "# HELP popchain_old\n";
constexpr const char* kNew = "# HELP popchain_new\n";

std::string content(const fs::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

// Makes descriptor 2 this file until it is destroyed.
class LogFile {
 public:
  explicit LogFile(const fs::path& path) : path_(path) {
    const int fd = creat(path.c_str(), 0600);
    (void)dup2(fd, 2);
    close(fd);
  }
  LogFile(const LogFile&) = delete;
  LogFile& operator=(const LogFile&) = delete;
  ~LogFile() {
    (void)dup2(before_, 2);
    close(before_);
  }
  [[nodiscard]] size_t count_lines() const {
    const std::string text = content(path_);
    return static_cast<size_t>(std::ranges::count(text, '\n'));
  }

 private:
  fs::path path_;
  int before_ = dup(2);
};

// One turn of popup's loop.
void write_and_reap(MetricsFile& file) {
  file.write(MetricsText() << kNew, 0);
  siginfo_t ending{};
  (void)waitid(P_ALL, 0, &ending, WEXITED);
  file.child_ended(ending);
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
  CHECK_EQUAL(replace_metrics_file(path.c_str(), kOld), 0);
  CHECK_EQUAL(replace_metrics_file(path.c_str(), kNew), 0);
  umask(before);
  CHECK_EQUAL(content(path), kNew);
  CHECK(fs::status(path).permissions() == fs::perms{0644});
  CHECK_EQUAL(count_files(directory.path()), size_t{1});
}

TEST(what_a_killed_writer_left_does_not_stop_the_next_one) {
  const TemporaryDirectory directory({});
  const std::string path = directory / "x.prom";
  std::ofstream(path + ".tmp") << "half";
  CHECK_EQUAL(replace_metrics_file(path.c_str(), kNew), 0);
  CHECK_EQUAL(count_files(directory.path()), size_t{1});
}

TEST(a_link_of_the_temporary_name_is_not_followed) {
  const TemporaryDirectory directory({});
  const std::string path = directory / "x.prom";
  std::ofstream(directory / "target") << "precious";
  fs::create_symlink(directory / "target", path + ".tmp");
  CHECK_EQUAL(replace_metrics_file(path.c_str(), kNew), 0);
  CHECK_EQUAL(content(directory / "target"), "precious");
  CHECK(fs::is_regular_file(fs::symlink_status(path)));
}

TEST(only_a_file_of_metrics_is_replaced_or_removed) {
  const TemporaryDirectory directory({"folder.prom"});
  std::ofstream(directory / "target") << "precious";
  fs::create_symlink(directory / "target", directory / "link.prom");
  const lib::Log log("popup");
  for (const char* name : {"folder.prom", "link.prom", "target"}) {
    const std::string path = directory / name;
    CHECK_EQUAL(replace_metrics_file(path.c_str(), kNew), EEXIST);
    CHECK(!may_be_metrics_file(path));
    MetricsFile(path.c_str(), log).remove();
  }
  CHECK_EQUAL(content(directory / "target"), "precious");
  CHECK_EQUAL(count_files(directory.path()), size_t{3});
}

TEST(no_reader_finds_part_of_a_file) {
  const TemporaryDirectory directory({});
  const std::string path = directory / "x.prom";
  const std::string text = kNew + std::string(8000, 'x') + "end";
  CHECK_EQUAL(replace_metrics_file(path.c_str(), text), 0);
  const pid_t writer = fork();
  if (writer == 0)
    for (;;) (void)replace_metrics_file(path.c_str(), text);
  ino_t inode = 0;
  for (int replaced = 0; replaced < 200;) {
    struct stat status {};
    CHECK_EQUAL(stat(path.c_str(), &status), 0);
    if (std::exchange(inode, status.st_ino) != status.st_ino) ++replaced;
    CHECK_EQUAL(content(path), text);
  }
  kill(writer, SIGKILL);
  (void)waitpid(writer, nullptr, 0);
}

TEST(only_the_first_failure_of_a_series_is_logged) {
  const TemporaryDirectory directory({});
  const std::string path = directory / "folder/x.prom";
  const LogFile lines(directory / "log");
  const lib::Log log("popup");
  MetricsFile file(path.c_str(), log);
  write_and_reap(file);
  write_and_reap(file);
  CHECK_EQUAL(lines.count_lines(), size_t{1});
  fs::create_directory(directory / "folder");
  write_and_reap(file);
  CHECK_EQUAL(content(path), kNew);
  fs::remove_all(directory / "folder");
  write_and_reap(file);
  CHECK_EQUAL(lines.count_lines(), size_t{2});
}

TEST(a_writer_that_hangs_gets_no_second_one) {
  const TemporaryDirectory directory({});
  const std::string path = directory / "x.prom";
  const LogFile lines(directory / "log");
  const lib::Log log("popup");
  MetricsFile file(path.c_str(), log);
  file.write(MetricsText() << kNew, 0);
  file.write(MetricsText() << kNew, MetricsFile::kIntervalMs);
  CHECK_EQUAL(file.due_ms(), 2 * MetricsFile::kIntervalMs);
  CHECK(content(directory / "log").find("in time: ") != std::string::npos);
  CHECK_EQUAL(lines.count_lines(), size_t{1});
  file.remove();
  CHECK_EQUAL(count_files(directory.path()), size_t{1});
  CHECK_EQUAL(waitpid(-1, nullptr, WNOHANG), -1);
}

TEST(a_failure_gives_its_errno_and_leaves_the_old_file) {
  const TemporaryDirectory directory({});
  const std::string missing = directory / "missing/x.prom";
  CHECK_EQUAL(replace_metrics_file(missing.c_str(), kNew), ENOENT);
  const std::string blocked = directory / "x.prom";
  std::ofstream(blocked) << kOld;
  fs::create_directories(blocked + ".tmp");
  CHECK_EQUAL(replace_metrics_file(blocked.c_str(), kNew), EEXIST);
  CHECK_EQUAL(content(blocked), kOld);
}

// As on a full disk.
TEST(a_file_that_cannot_be_written_whole_does_not_replace_the_old_one) {
  const TemporaryDirectory directory({});
  const std::string path = directory / "x.prom";
  std::ofstream(path) << kOld;
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  const rlimit small{.rlim_cur = 2, .rlim_max = before.rlim_max};
  const auto handler = signal(SIGXFSZ, SIG_IGN);
  setrlimit(RLIMIT_FSIZE, &small);
  const int error = replace_metrics_file(path.c_str(), kNew);
  setrlimit(RLIMIT_FSIZE, &before);
  signal(SIGXFSZ, handler);
  CHECK_EQUAL(error, EFBIG);
  CHECK_EQUAL(content(path), kOld);
  CHECK_EQUAL(count_files(directory.path()), size_t{1});
}

TEST(the_name_must_be_free_or_ours_and_leave_room) {
  CHECK(may_be_metrics_file("x"));
  CHECK(may_be_metrics_file("/no/such/folder/x.prom"));
  CHECK(may_be_metrics_file(std::string(4091, 'x')));
  CHECK(!may_be_metrics_file(std::string(4092, 'x')));
  for (const char* path : {"", "/etc/passwd", "/dev/null", "x.prom/"})
    CHECK(!may_be_metrics_file(path));
}
