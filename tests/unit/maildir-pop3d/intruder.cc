// SPDX-License-Identifier: ISC
// What an intruder who has taken over a session can still do, and what
// --seccomp prevents: one test for each row of the table in doc/security.md.
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <functional>
#include <string>

#include "lib/io/unique_fd.h"
#include "lib/process/sandbox.h"
#include "maildir-pop3d/seccomp_filter.h"
#include "tests/unit/temporary_directory.h"
#include "tests/unit/unit.h"

#ifndef SYS_io_uring_setup
#define SYS_io_uring_setup 425
#endif

namespace {

// Like a session: run by some user, and confined to one directory.
constexpr uid_t kUser = 65533;
constexpr int kNoFilter = 3;

enum class Confinement { None, Landlock, Seccomp };

// A home with a Maildir, and beside that a file and a server's socket.
class Home {
 public:
  Home() {
    const std::string path = socket_path();
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    CHECK(bind(server_.get(), reinterpret_cast<const sockaddr*>(&address),
               sizeof address) == 0);
    CHECK(listen(server_.get(), 1) == 0);
    const lib::UniqueFd file(open(file_path().c_str(), O_CREAT | O_RDWR, 0600));
    CHECK(file.valid());
    if (geteuid() != 0) return;
    for (const std::string& owned :
         {scratch_.path().string(), path, file_path()})
      CHECK(chown(owned.c_str(), kUser, kUser) == 0);
  }
  [[nodiscard]] std::string socket_path() const { return scratch_ / "socket"; }
  [[nodiscard]] std::string file_path() const { return scratch_ / "file"; }
  [[nodiscard]] std::string maildir() const { return scratch_ / "Maildir"; }

 private:
  unit::TemporaryDirectory scratch_{{"Maildir"}};
  lib::UniqueFd server_{socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
};

using Deed = std::function<bool(const Home&)>;

[[noreturn]] void try_it(const Home& home, const Deed& deed,
                         Confinement confinement) {
  if (geteuid() == 0 && (setresgid(kUser, kUser, kUser) != 0 ||
                         setresuid(kUser, kUser, kUser) != 0))
    _exit(2);
  const lib::UniqueFd maildir(
      open(home.maildir().c_str(), O_DIRECTORY | O_CLOEXEC));
  const int directory = maildir.get();
  if (confinement != Confinement::None) (void)lib::confine_to({&directory, 1});
  if (confinement == Confinement::Seccomp &&
      !pop3d::install_seccomp_filter(false).ok())
    _exit(kNoFilter);
  _exit(deed(home) ? 0 : 1);
}

// The wait status of a child that tries the deed.
int status_of(const Home& home, const Deed& deed, Confinement confinement) {
  const pid_t child = fork();
  if (child == 0) try_it(home, deed, confinement);
  int status = -1;
  waitpid(child, &status, 0);
  return status;
}

// Checks that the deed succeeds in a session, and is fatal under --seccomp.
void check_row(const char* what, const Deed& deed) {
  const Home home;
  if (status_of(home, deed, Confinement::None) != 0) {
    printf("%s: not on this machine, sandbox or not\n", what);
    return;
  }
  CHECK_EQUAL(status_of(home, deed, Confinement::Landlock), 0);
#ifndef POPCHAIN_SANITIZED
  const int status = status_of(home, deed, Confinement::Seccomp);
  if (WIFEXITED(status) && WEXITSTATUS(status) == kNoFilter) {
    printf("%s: this machine has no seccomp\n", what);
    return;
  }
  CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS);
#endif
}

bool connects_by_path(const Home& home) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  home.socket_path().copy(address.sun_path, sizeof address.sun_path - 1);
  const lib::UniqueFd client(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  return connect(client.get(), reinterpret_cast<const sockaddr*>(&address),
                 sizeof address) == 0;
}

// It goes to the discard port, where nothing has to listen.
bool sends_a_datagram(const Home&) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(9);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const lib::UniqueFd client(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  return sendto(client.get(), "x", 1, 0,
                reinterpret_cast<const sockaddr*>(&address),
                sizeof address) == 1;
}

bool makes_a_ring(const Home&) {
  // struct io_uring_params
  std::array<uint32_t, 30> parameters{};
  return syscall(SYS_io_uring_setup, 1, parameters.data()) >= 0;
}

bool has_a_child(const Home&) {
  const pid_t child = fork();
  if (child == 0) _exit(0);
  return child > 0 && waitpid(child, nullptr, 0) == child;
}

}  // namespace

TEST(without_seccomp_a_session_reaches_unix_sockets_and_udp) {
  check_row("UNIX sockets by path", connects_by_path);
  check_row("UDP", sends_a_datagram);
}

TEST(without_seccomp_a_session_changes_modes_beside_its_maildir) {
  check_row("chmod", [](const Home& home) {
    return chmod(home.file_path().c_str(), 0666) == 0;
  });
  check_row("chown", [](const Home& home) {
    return chown(home.file_path().c_str(), geteuid(), getegid()) == 0;
  });
  check_row("utimensat", [](const Home& home) {
    return utimensat(AT_FDCWD, home.file_path().c_str(), nullptr, 0) == 0;
  });
  check_row("setxattr", [](const Home& home) {
    return setxattr(home.file_path().c_str(), "user.x", "x", 1, 0) == 0;
  });
}

TEST(without_seccomp_a_session_sees_which_files_exist) {
  check_row("readlink", [](const Home&) {
    std::array<char, 256> target{};
    return readlink("/proc/self/exe", target.data(), target.size()) > 0;
  });
  check_row("chdir", [](const Home&) { return chdir("/") == 0; });
}

TEST(without_seccomp_a_session_forks_and_sets_priorities) {
  check_row("fork", has_a_child);
  check_row("setpriority",
            [](const Home&) { return setpriority(PRIO_PROCESS, 0, 19) == 0; });
  check_row("setrlimit", [](const Home&) {
    const rlimit none{0, 0};
    return setrlimit(RLIMIT_CORE, &none) == 0;
  });
}

TEST(without_seccomp_a_session_has_io_uring) {
  check_row("io_uring", makes_a_ring);
}
