// SPDX-License-Identifier: ISC
// Runs as root: starts the helper.
#include "popup/broker/tls_helper.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "lib/io/io.h"
#include "lib/io/pipe.h"
#include "lib/process/exit_code.h"
#include "lib/process/privileges.h"
#include "lib/process/signals.h"
#include "lib/text/text.h"

namespace popup {
namespace {

using lib::Error;

// The helper's descriptors: the client's input and output, the log, the clear
// side, the status.
constexpr int kDescriptors = 5;

// Puts these descriptors on 0, 1, 2 ... and closes all others.
bool place(const std::array<int, kDescriptors>& wanted) {
  std::array<int, kDescriptors> copies{};
  for (size_t i = 0; i < wanted.size(); ++i)
    copies[i] = fcntl(wanted[i], F_DUPFD, kDescriptors);
  for (int fd = 0; fd < kDescriptors; ++fd)
    if (dup2(copies[static_cast<size_t>(fd)], fd) < 0) return false;
  lib::close_from_to(kDescriptors, ~0U);
  return true;
}

// The kernel would not execute a program of an account that has more processes
// than RLIMIT_NPROC allows, so the helper may start processes.
bool shed_rights(const std::optional<Jail>& account, const rlimit& files) {
  const rlimit no_core{};
  return (files.rlim_max == 0 || setrlimit(RLIMIT_NOFILE, &files) == 0) &&
         setrlimit(RLIMIT_CORE, &no_core) == 0 &&
         prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         (geteuid() != 0 ||
          (account && lib::become(account->uid, account->gid, {}).ok()));
}

// Returns 0, or the errno of what kept the program from being started; then
// process may still be a child to reap.  As in checker.cc, the child makes
// system calls only.
// NOLINTBEGIN(clang-analyzer-unix.Vfork,clang-analyzer-security.insecureAPI.vfork)
int spawn(char* const* argv, char* const* variables,
          const std::array<int, kDescriptors>& descriptors,
          const std::optional<Jail>& account, const rlimit& files,
          pid_t& process) {
  volatile int failure = 0;
  process = vfork();
  if (process == 0) {
    lib::default_write_signals();
    signal(SIGHUP, SIG_DFL);  // popup -D ignores it
    lib::unblock_signals();
    if (setpgid(0, 0) == 0 && place(descriptors) && shed_rights(account, files))
      execvpe(argv[0], argv, variables);
    failure = errno == 0 ? EPERM : errno;
    _exit(lib::kTemporary);
  }
  return process < 0 ? errno : failure;
}
// NOLINTEND(clang-analyzer-unix.Vfork,clang-analyzer-security.insecureAPI.vfork)

}  // namespace

bool TlsHelper::set_command(std::string_view text) {
  words.clear();
  while (!text.empty())
    if (const auto word = lib::next_field(text, ' '); !word.empty())
      words.emplace_back(word);
  return available();
}

lib::Result<StartedTlsHelper> start_tls_helper(const TlsHelper& helper,
                                               int input, int output,
                                               const rlimit& files) {
  auto clear =
      lib::make_socket_pair("make a socket to the TLS helper", SOCK_STREAM);
  if (!clear.ok()) return clear.error();
  auto status = lib::make_pipe("make a pipe for the TLS helper");
  if (!status.ok()) return status.error();
  const lib::UniqueFd nothing(open("/dev/null", O_RDWR | O_CLOEXEC));
  std::vector<char*> argv;
  for (const std::string& word : helper.words)
    argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  std::vector<char*> variables;
  for (char** entry = environ; *entry != nullptr; ++entry)
    if (const std::string_view text = *entry;
        text.starts_with("TLS_") || text.starts_with("PATH="))
      variables.push_back(*entry);
  variables.push_back(nullptr);
  pid_t process = 0;
  const int failure =
      spawn(argv.data(), variables.data(),
            {input, output, nothing.get(), clear.value().second.get(),
             status.value().writing.get()},
            helper.account, files, process);
  if (failure != 0) return Error{"run the TLS helper", failure, argv[0]};
  return StartedTlsHelper{.process = process,
                          .clear = std::move(clear.value().first),
                          .status = std::move(status.value().reading)};
}

}  // namespace popup
