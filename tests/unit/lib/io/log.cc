// SPDX-License-Identifier: ISC
#include "lib/io/log.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <syslog.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <string>

#include "lib/io/unique_fd.h"
#include "tests/unit/unit.h"

using namespace std::string_view_literals;

namespace {

std::string value(std::string_view raw) {
  lib::LogText text;
  lib::append_log_value(text, raw);
  return std::string(text.view());
}

// Replaces descriptor 2 by a pipe until it is destroyed.
class Caught {
 public:
  Caught() : saved_(dup(2)) {
    std::array<int, 2> ends{};
    if (pipe(ends.data()) != 0) return;
    read_end_.reset(ends[0]);
    dup2(ends[1], 2);
    close(ends[1]);
  }
  ~Caught() { dup2(saved_.get(), 2); }

  // The text written so far.  Blocks until something is written.
  std::string text() {
    std::array<char, 8192> buffer;
    const ssize_t got = read(read_end_.get(), buffer.data(), buffer.size());
    return {buffer.data(), got < 0 ? 0 : static_cast<size_t>(got)};
  }

 private:
  lib::UniqueFd saved_;
  lib::UniqueFd read_end_;
};

struct Row {
  std::string_view raw;
  std::string_view shown;
};
constexpr Row kValues[] = {
    {"joe", "joe"},
    {"joe@example.org", "joe@example.org"},
    {"2001:db8::1", "2001:db8::1"},
    {"A-Z_a/z+0.9", "A-Z_a/z+0.9"},
    {"", R"("")"},
    {"joe doe", R"("joe doe")"},
    {"joe ip=192.0.2.1", R"("joe ip=192.0.2.1")"},
    {"a=b", R"("a=b")"},
    {"?", R"("?")"},
    {R"(a" ip="b)", R"("a\" ip=\"b")"},
    {R"(a\)", R"("a\\")"},
    {R"(\" ip=1)", R"("\\\" ip=1")"},
    {"a\nb\r", R"("a\x0ab\x0d")"},
    {"\0x"sv, R"("\x00x")"},
    {"\x1b[2J\x7f", R"("\x1b[2J\x7f")"},
    {"j\xc3\xb6rg", R"("j\xc3\xb6rg")"},
    {"100%s%n", R"("100%s%n")"},
};

// Counts the fields as a reader of the log would: a quoted value ends at the
// first quote without a backslash. 0 if a quote is not closed.
size_t count_fields(std::string_view line) {
  size_t count = 0;
  bool quoted = false;
  for (size_t i = 0; i < line.size(); ++i) {
    if (quoted && line[i] == '\\')
      ++i;
    else if (line[i] == '"')
      quoted = !quoted;
    else if (!quoted && line[i] == '=')
      ++count;
  }
  return quoted ? 0 : count;
}

}  // namespace

TEST(values_are_plain_or_quoted_and_escaped) {
  for (const Row& row : kValues) CHECK_EQUAL(value(row.raw), row.shown);
}

TEST(any_byte_in_a_value_is_logged_as_printable_text) {
  for (int byte = 0; byte < 256; ++byte) {
    const std::string raw{'a', static_cast<char>(byte), '"'};
    const std::string shown = value(raw);
    CHECK_EQUAL(count_fields("user=" + shown), 1U);
    for (const char c : shown) CHECK(c >= 0x20 && c < 0x7f);
  }
}

TEST(a_long_value_is_cut_and_marked) {
  CHECK_EQUAL(value(std::string(512, 'a')), std::string(512, 'a'));
  CHECK_EQUAL(value(std::string(513, 'a')),
              '"' + std::string(512, 'a') + "...\"");
}

// Wherever the value is cut, it ends in a closing quote that no backslash
// escapes.
TEST(a_cut_value_cannot_reach_into_the_next_field) {
  for (const char* piece : {"\"", "\\", "\n", "a\\\"", "=\" x="}) {
    std::string raw;
    while (raw.size() < 600) raw += piece;
    for (size_t before = 0; before < 2046; before += 7) {
      lib::LogText text;
      text << std::string(before, 'a');
      lib::append_log_value(text, raw);
      CHECK_EQUAL(count_fields("user=" + std::string(text.view())), 1U);
    }
  }
}

TEST(a_plain_value_is_cut_and_marked_at_the_end_of_a_line) {
  lib::LogText text;
  text << std::string(2000, 'a');
  lib::append_log_value(text, std::string(300, 'b'));
  CHECK_EQUAL(text.view().substr(2000), '"' + std::string(41, 'b') + "...\"");
}

TEST(a_full_line_has_no_part_of_a_further_field) {
  for (size_t size = 480; size <= 512; ++size) {
    Caught caught;
    const lib::Log log("popup");
    lib::LogLine(log, "x")
        .field("a", std::string(size, '\n'))
        .field("user", "joe")
        .number("errno", 2)
        .pair("sessions", 1, 500)
        .tenths("seconds", 123)
        .unknown("b");
    const std::string line = caught.text();
    CHECK(line.size() <= 2047);
    for (const char* field : {" user=joe", " errno=2", " sessions=1/500",
                              " seconds=12.3", " b=?"}) {
      const std::string_view key(field, strcspn(field, "=") + 1);
      CHECK_EQUAL(line.find(key) == line.npos, line.find(field) == line.npos);
    }
    CHECK_EQUAL(line.find(" ="), line.npos);
  }
}

TEST(a_line_has_its_program_session_event_and_fields) {
  Caught caught;
  lib::Log log("popup");
  lib::LogLine(log, "open").field("ip", "::1").pair("sessions", 1, 500);
  CHECK_EQUAL(caught.text(), "popup: event=open ip=::1 sessions=1/500\n");
  log.set_session("4f21.67");
  lib::LogLine(log, "close").number("n", 0).tenths("seconds", 123);
  CHECK_EQUAL(caught.text(),
              "popup: sid=4f21.67 event=close n=0 seconds=12.3\n");
  lib::LogLine(log, "refuse").unknown("user");
  CHECK_EQUAL(caught.text(), "popup: sid=4f21.67 event=refuse user=?\n");
}

TEST(only_a_well_formed_session_id_is_inherited) {
  Caught caught;
  for (const char* id : {"", "4f21 event=login", "4f21\npopup:", "a=b"}) {
    setenv("POPUP_SID", id, 1);
    lib::Log log("checkpw");
    log.inherit();
    lib::LogLine(log, "x").number("n", 0);
    CHECK_EQUAL(caught.text(), "checkpw: event=x n=0\n");
  }
  setenv("POPUP_SID", "4f21.67", 1);
  lib::Log log("checkpw");
  log.inherit();
  unsetenv("POPUP_SID");
  lib::LogLine(log, "x").number("n", 0);
  CHECK_EQUAL(caught.text(), "checkpw: sid=4f21.67 event=x n=0\n");
}

TEST(a_log_line_is_one_line_whatever_its_length) {
  Caught caught;
  const lib::Log log("popup");
  const std::string hostile(700, '\n');
  lib::LogLine(log, "x")
      .field("a", hostile)
      .field("b", hostile)
      .field("c", hostile);
  const std::string line = caught.text();
  CHECK(line.size() <= 2200);
  CHECK_EQUAL(line.find('\n'), line.size() - 1);
}

TEST(a_warning_names_its_cause_file_and_user) {
  Caught caught;
  lib::Log log("maildir-pop3d");
  log.warning({"open x", ENOENT});
  CHECK_EQUAL(caught.text(),
              "maildir-pop3d: event=warning cause=\"unable to open x: "
              "No such file or directory\" errno=2\n");
  log.set_user("joe");
  log.set_session("4f21.67");
  const lib::Error error{"use x", 0};
  log.warning(error.about("a b"));
  CHECK_EQUAL(caught.text(),
              "maildir-pop3d: sid=4f21.67 event=warning cause=\"unable to use "
              "x\" file=\"a b\" user=joe\n");
  // The first caller of about() names the file.
  CHECK_EQUAL(error.about("near").about("far").file, "near"sv);
}

TEST(quiet_drops_events_but_keeps_errors_and_warnings) {
  Caught caught;
  lib::Log log("popup");
  log.set_verbosity(lib::Verbosity::Quiet);
  lib::LogLine(log, "open");
  lib::LogLine(log, "failure", lib::Log::Level::Error);
  log.warning({"open x", ENOENT});
  CHECK_EQUAL(caught.text(),
              "popup: event=failure\n"
              "popup: event=warning cause=\"unable to open x: No such file or "
              "directory\" errno=2\n");
}

// --- A log that waits for nobody ---------------------------------------------

namespace {

constexpr unsigned kManyLines = 20'000;  // more than pipes and sockets hold

// Replaces descriptor 2 by one end of a pipe or of a stream socket until it is
// destroyed.  A write that would wait fails this program after a minute.
class Reader {
 public:
  explicit Reader(bool is_socket) : saved_(dup(2)) {
    std::array<int, 2> ends{};
    CHECK_EQUAL(is_socket ? socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data())
                          : pipe(ends.data()),
                0);
    read_end_.reset(ends[0]);
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    dup2(ends[1], 2);
    close(ends[1]);
    alarm(60);
  }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;
  ~Reader() {
    dup2(saved_.get(), 2);
    alarm(0);
  }

  std::string text() {
    std::string all;
    std::array<char, 8192> buffer;
    for (;;) {
      const ssize_t got = read(read_end_.get(), buffer.data(), buffer.size());
      if (got <= 0) return all;
      all.append(buffer.data(), static_cast<size_t>(got));
    }
  }
  void leave() { read_end_.reset(); }

 private:
  lib::UniqueFd saved_;
  lib::UniqueFd read_end_;
};

size_t count_lines(std::string_view text) {
  return static_cast<size_t>(std::ranges::count(text, '\n'));
}
void log_many(const lib::Log& log) {
  for (unsigned i = 0; i < kManyLines; ++i)
    lib::LogLine(log, "x").field("a", "0123456789");
}
// All that a reader gets who begins to read after the writing.
std::string read_late(const lib::Log& log, Reader& reader) {
  std::string all;
  do all += reader.text();
  while (!log.retry());
  return all + reader.text();
}
// Cuts the last line off, which says how many lines were lost.
size_t cut_lost(std::string& text) {
  const size_t at = text.rfind("popup: event=log lost=");
  CHECK(at != text.npos && at != 0);
  const size_t lost =
      std::stoul(text.substr(at + strlen("popup: event=log lost=")));
  text.resize(at);
  return lost;
}

}  // namespace

TEST(a_full_pipe_or_socket_loses_lines_which_are_counted) {
  for (const bool is_socket : {false, true}) {
    Reader reader(is_socket);
    lib::Log log("popup");
    log.never_wait();
    lib::LogLine(log, "x").number("n", 1);
    CHECK_EQUAL(reader.text(), "popup: event=x n=1\n");
    for (int round = 0; round < 2; ++round) {
      log_many(log);
      std::string kept = read_late(log, reader);
      const size_t lost = cut_lost(kept);
      CHECK_EQUAL(count_lines(kept), kManyLines - lost);
      // Every line is whole, and 64 KiB of them waited.
      CHECK_EQUAL(kept.size(),
                  count_lines(kept) * "popup: event=x a=0123456789\n"sv.size());
      CHECK(kept.size() > 65'000);
      lib::LogLine(log, "y");
      CHECK_EQUAL(reader.text(), "popup: event=y\n");
    }
  }
}

TEST(lines_that_waited_come_in_order_before_the_next_line) {
  Reader reader(false);
  lib::Log log("popup");
  log.never_wait();
  for (unsigned i = 0; i < 3000; ++i) lib::LogLine(log, "x").number("n", i);
  CHECK(!log.retry());
  CHECK(log.retry_ms() < INT64_MAX);
  std::string all = reader.text();
  lib::LogLine(log, "y");
  all += read_late(log, reader);
  CHECK_EQUAL(log.retry_ms(), INT64_MAX);
  std::string wanted;
  for (unsigned i = 0; i < 3000; ++i)
    wanted += "popup: event=x n=" + std::to_string(i) + "\n";
  CHECK_EQUAL(all, wanted + "popup: event=y\n");
}

TEST(a_child_writes_its_own_lines_and_not_those_that_wait) {
  Reader reader(false);
  lib::Log log("popup");
  log.never_wait();
  log_many(log);
  const pid_t child = fork();
  if (child == 0) {
    log.reconnect();
    lib::LogLine(log, "host");
    log.finish();
    _exit(0);
  }
  std::string all;
  while (all.find("popup: event=host\n") == all.npos) all += reader.text();
  int status = -1;
  CHECK_EQUAL(waitpid(child, &status, 0), child);
  CHECK_EQUAL(status, 0);
  all += read_late(log, reader);
  const size_t lost = cut_lost(all);
  CHECK_EQUAL(count_lines(all), kManyLines - lost + 1);
}

TEST(a_line_that_is_written_in_part_is_completed) {
  auto* const before = signal(SIGXFSZ, SIG_IGN);
  rlimit limit{};
  getrlimit(RLIMIT_FSIZE, &limit);
  const lib::UniqueFd saved(dup(2));
  const lib::UniqueFd file(open("/tmp", O_TMPFILE | O_RDWR, 0600));
  dup2(file.get(), 2);
  lib::Log log("popup");
  log.never_wait();
  const rlimit low{.rlim_cur = 100, .rlim_max = limit.rlim_max};
  setrlimit(RLIMIT_FSIZE, &low);
  std::string wanted;
  for (unsigned i = 0; i < 9; ++i) {
    lib::LogLine(log, "x").number("n", i);
    wanted += "popup: event=x n=" + std::to_string(i) + "\n";
  }
  CHECK_EQUAL(lseek(file.get(), 0, SEEK_END), 100);
  setrlimit(RLIMIT_FSIZE, &limit);
  log.finish();
  dup2(saved.get(), 2);
  signal(SIGXFSZ, before);
  std::string got(wanted.size() + 1, '\0');
  got.resize(static_cast<size_t>(pread(file.get(), got.data(), got.size(), 0)));
  CHECK_EQUAL(got, wanted);
}

TEST(a_long_line_is_written_whole_or_lost) {
  Reader reader(false);
  lib::Log log("popup");
  log.never_wait();
  const std::string value(500, 'x');
  for (int i = 0; i < 100; ++i)
    lib::LogLine(log, "x")
        .field("a", value)
        .field("b", value)
        .field("c", value);
  std::string kept = read_late(log, reader);
  const size_t lost = cut_lost(kept);
  CHECK(kept.ends_with("x\n"));
  CHECK_EQUAL(kept.size() % count_lines(kept), 0U);
  CHECK_EQUAL(count_lines(kept), 100 - lost);
}

TEST(a_reader_that_has_left_loses_lines) {
  auto* const before = signal(SIGPIPE, SIG_IGN);
  for (const bool is_socket : {false, true}) {
    Reader reader(is_socket);
    lib::Log log("popup");
    log.never_wait();
    reader.leave();
    for (int i = 0; i < 3; ++i) lib::LogLine(log, "x");
  }
  signal(SIGPIPE, before);
}

TEST(a_file_takes_every_line_of_a_log_that_never_waits) {
  const lib::UniqueFd saved(dup(2));
  const lib::UniqueFd file(open("/tmp", O_TMPFILE | O_RDWR, 0600));
  dup2(file.get(), 2);
  lib::Log log("popup");
  log.never_wait();
  log_many(log);
  dup2(saved.get(), 2);
  CHECK_EQUAL(lseek(file.get(), 0, SEEK_END),
              static_cast<off_t>(kManyLines *
                                 "popup: event=x a=0123456789\n"sv.size()));
}

namespace {

int listen_as_syslog() {
  const sockaddr_un address{.sun_family = AF_UNIX, .sun_path = "/dev/log"};
  const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
  const auto* const generic = reinterpret_cast<const sockaddr*>(&address);
  return bind(fd, generic, sizeof address) == 0 ? fd : -1;
}
// In a child: a /dev of its own with a socket in place of syslog's.  -1 if the
// machine does not allow it.
int make_syslog_socket() {
  if (unshare(CLONE_NEWNS) != 0 ||
      mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
      mount("tmpfs", "/dev", "tmpfs", 0, nullptr) != 0)
    return -1;
  return listen_as_syslog();
}
std::string receive(int fd) {
  std::array<char, 4096> text;
  const ssize_t got = recv(fd, text.data(), text.size(), 0);
  return {text.data(), got < 0 ? 0 : static_cast<size_t>(got)};
}

// 0, or which step failed.
int use_full_syslog() {
  lib::UniqueFd syslogd(make_syslog_socket());
  if (!syslogd.valid()) return 99;
  lib::Log log("popup");
  log.to_syslog(LOG_MAIL);
  log.never_wait();
  lib::LogLine(log, "x");
  const std::string name = "popup[" + std::to_string(getpid()) + "]: ";
  if (receive(syslogd.get()) != "<22>" + name + "event=x") return 1;
  alarm(60);
  constexpr int kMany = 5000;
  for (int i = 0; i < kMany; ++i) lib::LogLine(log, "many");
  int kept = 0;
  std::string text;
  for (;;) {
    while ((text = receive(syslogd.get())) == "<22>" + name + "event=many")
      ++kept;
    if (!text.empty()) break;
    log.retry();
  }
  if (kept < 1000 || kept == kMany) return 2;
  if (text != "<20>" + name + "event=log lost=" + std::to_string(kMany - kept))
    return 3;
  lib::LogLine(log, "y", lib::Log::Level::Error);
  if (receive(syslogd.get()) != "<19>" + name + "event=y") return 4;
  // syslogd is not there for a while.
  syslogd.reset();
  unlink("/dev/log");
  lib::LogLine(log, "z");
  syslogd = lib::UniqueFd(listen_as_syslog());
  lib::LogLine(log, "y");
  if (receive(syslogd.get()) != "<22>" + name + "event=z") return 5;
  if (receive(syslogd.get()) != "<22>" + name + "event=y") return 6;
  return 0;
}

// The same, for a log that waits.  If a line waits for ever, SIGALRM ends it.
int wait_for_full_syslog() {
  lib::UniqueFd syslogd(make_syslog_socket());
  if (!syslogd.valid()) return 99;
  lib::Log never("popup");
  never.to_syslog(LOG_MAIL);
  never.never_wait();
  for (int i = 0; i < 5000; ++i) lib::LogLine(never, "many");
  lib::Log log("checkpw");
  log.to_syslog(LOG_MAIL);
  alarm(20);
  lib::LogLine(log, "lost");
  std::string text;
  while (!(text = receive(syslogd.get())).empty())
    if (text.find("event=lost") != text.npos) return 1;
  lib::LogLine(log, "y");
  const std::string name = "checkpw[" + std::to_string(getpid()) + "]: ";
  return receive(syslogd.get()) == "<22>" + name + "event=y" ? 0 : 2;
}

}  // namespace

TEST(a_full_syslog_socket_is_waited_for_a_second_at_most) {
  fflush(stdout);
  const pid_t child = fork();
  if (child == 0) _exit(wait_for_full_syslog());
  int status = -1;
  CHECK_EQUAL(waitpid(child, &status, 0), child);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 99)
    return NOT_SHOWN("a log that waits for syslog");
  CHECK_EQUAL(status, 0);
}

TEST(a_full_syslog_socket_is_not_waited_for) {
  fflush(stdout);
  const pid_t child = fork();
  if (child == 0) _exit(use_full_syslog());
  int status = -1;
  CHECK_EQUAL(waitpid(child, &status, 0), child);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 99)
    return NOT_SHOWN("a log that does not wait for syslog");
  CHECK_EQUAL(status, 0);
}
