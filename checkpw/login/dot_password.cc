// SPDX-License-Identifier: ISC
// Runs as root: starts a child that reads the user's file as the user.
#include "checkpw/login/dot_password.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>

#include "checkpw/login/proof.h"
#include "checkpw/login/read_secret.h"
#include "lib/io/deadline.h"
#include "lib/io/io.h"
#include "lib/io/pipe.h"
#include "lib/io/unique_fd.h"
#include "lib/process/child.h"
#include "lib/process/privileges.h"
#include "lib/process/signals.h"
#include "lib/text/text.h"

namespace checkpw {
namespace {

constexpr size_t kFileSize = 4096;
constexpr int64_t kSeconds = 20;
constexpr uid_t kNobody = 65534;
using FileText = lib::WipedText<kFileSize>;

// How reading the file ended.  The child exits with it.
enum ReadResult : int {
  kRead = 0,
  kMissing,
  kNotRegular,
  kNotOwn,
  kOpenToOthers,
  kTooLong,
  kFailed,
  kNotTheUser,
  kHung,
};
constexpr std::array<const char*, 9> kReasons{"",
                                              "missing",
                                              "not a regular file",
                                              "not the user's own",
                                              "open to others",
                                              "too long",
                                              "cannot be read",
                                              "cannot become the user",
                                              "no answer in time"};

bool is_absent(int error) {
  return error == ENOENT || error == ENOTDIR || error == EACCES;
}

ReadResult copy_file(const char* path, uid_t uid, int output) {
  const lib::UniqueFd fd(
      open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  if (!fd.valid() && errno == ELOOP) return kNotRegular;
  if (!fd.valid()) return is_absent(errno) ? kMissing : kFailed;
  struct stat status {};
  if (fstat(fd.get(), &status) != 0) return kFailed;
  if (!S_ISREG(status.st_mode)) return kNotRegular;
  if (status.st_uid != uid) return kNotOwn;
  if ((status.st_mode & 077) != 0) return kOpenToOthers;
  std::array<char, kFileSize> bytes;
  const ssize_t size = lib::read_to_end(fd.get(), bytes);
  if (size < 0) return errno == EMSGSIZE ? kTooLong : kFailed;
  const bool written =
      lib::write_all(output, {bytes.data(), static_cast<size_t>(size)});
  return written ? kRead : kFailed;
}

// If the file system hangs, even SIGKILL does not end this process.  So it
// keeps only the pipe, and closes the client's connection.
[[noreturn]] void run_child(const Account& account, const char* path,
                            int output) {
  const auto kept = static_cast<unsigned>(output);
  if (kept > 0) lib::close_from_to(0, kept - 1);
  lib::close_from_to(kept + 1, ~0U);
  const gid_t group = *account.gid;
  if (!lib::become(*account.uid, *account.gid, {&group, 1}).ok())
    _exit(kNotTheUser);
  if (chdir(account.home.c_str()) != 0)
    _exit(is_absent(errno) ? kMissing : kFailed);
  _exit(copy_file(path, *account.uid, output));
}

lib::Result<ReadResult> ask_child(const Account& account, const char* path,
                                  FileText& into) {
  constexpr int64_t kSecondsToEnd = 2;
  auto pipe = lib::make_pipe("make a pipe");
  if (!pipe.ok()) return pipe.error();
  auto& [input, output] = pipe.value();
  // While SIGCHLD is ignored, the kernel keeps no child's status.
  const lib::SignalAction sigchld(SIGCHLD, SIG_DFL);
  const pid_t child = fork();
  if (child < 0) return lib::Error::from_errno("start a reader of .password");
  if (child == 0) run_child(account, path, output.get());
  output.reset();
  const bool whole =
      read_secret(input.get(), lib::Deadline::in_seconds(kSeconds), into);
  if (!whole) kill(child, SIGKILL);
  siginfo_t ending{};
  // A child that does not end is left to init.
  if (!lib::reap_child(child, lib::Deadline::in_seconds(kSecondsToEnd), ending))
    return kHung;
  if (!whole || ending.si_code != CLD_EXITED) return kFailed;
  return static_cast<ReadResult>(ending.si_status);
}

// The account's secret becomes the line that the client proved to know.  If it
// proved none, the last line is taken, which does not match either.
void choose_line(const lib::Credentials& credentials, std::string_view text,
                 Account& account) {
  while (!text.empty()) {
    std::string_view line = lib::next_field(text, '\n');
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty() || line.size() > lib::kCredentialsSize) continue;
    account.kind = SecretKind::Plain;
    account.stored.wipe();
    account.stored << line;
    if (proves_plain(credentials, line)) return;
  }
}

}  // namespace

std::string maildir_of(const Account& account) {
  if (!account.maildir.empty()) return account.maildir;
  const char* const inherited = getenv("MAILDIR");
  const bool given = inherited != nullptr && *inherited != '\0';
  return given ? inherited : "Maildir";
}

lib::Status read_dot_password(const char* login,
                              const lib::Credentials& credentials,
                              const lib::Log& log, Lookup& lookup) {
  // Read for an unknown account, so that its login takes as long as another.
  Account nobody;
  const bool root = geteuid() == 0;
  nobody.uid = root ? kNobody : geteuid();
  nobody.gid = root ? kNobody : getegid();
  nobody.home.assign(1, '/');  // g++ 12 warns of an overflow at = "/"
  Account& account = lookup.found ? lookup.account : nobody;
  account.kind = SecretKind::Locked;
  account.stored.wipe();
  account.clear.wipe();
  const lib::Status resolved = resolve_ids(account);
  if (!resolved.ok()) return resolved;
  // Never read with root's rights.
  if (*account.uid == 0 || *account.gid == 0) return {};
  const std::string path = maildir_of(account) + "/.password";
  FileText text;
  const auto outcome = ask_child(account, path.c_str(), text);
  if (!outcome.ok()) return outcome.error();
  if (outcome.value() == kRead) choose_line(credentials, text.view(), account);
  if (lookup.found && outcome.value() != kRead)
    lib::LogLine(log, "unusable", lib::Log::Level::Warning)
        .field("file", path)
        .field("reason", kReasons[static_cast<size_t>(outcome.value())])
        .field("user", login);
  if (outcome.value() < kFailed) return {};
  return lib::Error{"read .password", 0};
}

}  // namespace checkpw
