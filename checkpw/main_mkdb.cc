// SPDX-License-Identifier: ISC
// Never runs as root: checkpw-mkdb has no client.
// checkpw-mkdb reads a passwd-file and writes it as a cdb for checkpw -f.
#include <fcntl.h>
#include <unistd.h>

#include <array>

#include "checkpw/cdb/cdb.h"
#include "checkpw/cdb/cdb_writer.h"
#include "checkpw/cdb/replacement.h"
#include "checkpw/crypt/method.h"
#include "checkpw/stores/account.h"
#include "checkpw/stores/passwd_file.h"
#include "lib/io/io.h"
#include "lib/io/line_reader.h"
#include "lib/io/log.h"
#include "lib/process/exit_code.h"
#include "lib/process/option_table.h"
#include "lib/process/program.h"
#include "lib/text/text.h"

namespace checkpw {
namespace {

constexpr std::string_view kProgram = "checkpw-mkdb";
constexpr lib::HelpText kHelp{
    .program = kProgram,
    .operands = "file.cdb <passwd-file",
    .before = "Compiles a passwd-file for checkpw -f file.cdb.\n",
    .after = ""};

struct MkdbOptions {
  lib::Verbosity verbosity = lib::Verbosity::Normal;
};
constexpr auto kOptions = std::to_array<lib::Option<MkdbOptions>>({
    {{'q', nullptr, nullptr, "no progress on a terminal"},
     lib::set_value<&MkdbOptions::verbosity, lib::Verbosity::Quiet>},
    {{'v', nullptr, nullptr,
      "say at the end what was written, even without a\nterminal"},
     lib::set_value<&MkdbOptions::verbosity, lib::Verbosity::Verbose>},
});

using Message = lib::FixedText<512>;

void say(std::string_view text) {
  Message line;
  line << kProgram << ": " << text << '\n';
  (void)lib::write_all(2, line.view());
}

// Shows a count of users on a terminal, and the totals at the end.
class Progress {
 public:
  explicit Progress(lib::Verbosity verbosity)
      : shown_(verbosity != lib::Verbosity::Quiet && isatty(2) == 1),
        ends_(shown_ || verbosity == lib::Verbosity::Verbose) {}

  void step(size_t users) {
    constexpr size_t kStep = 16384;
    if (!shown_ || users % kStep != 0) return;
    Message line;
    line << '\r' << kProgram << ": ";
    line.number(users) << " users";
    (void)lib::write_all(2, line.view());
  }
  void end(size_t users, uint64_t bytes) const {
    if (!ends_) return;
    pause();
    Message line;
    line.number(users) << " users, ";
    line.number(bytes) << " bytes";
    say(line.view());
  }
  // Call it before other text is written, which then overwrites the count.
  void pause() const {
    if (shown_) (void)lib::write_all(2, "\r");
  }

 private:
  bool shown_;
  bool ends_;
};

// One compilation.  Reports every bad line; a single one is enough to keep the
// old file.
class Compiler {
 public:
  Compiler(int output, Progress& progress)
      : writer_(output), progress_(progress) {}

  // True if the new file may replace the old one.
  lib::Result<bool> run(int input) {
    lib::Status status = read(input);
    // Records what refusals cost under the empty key, which is not a login.
    // The data are empty if no account has a hash.
    if (status.ok()) status = writer_.add({}, methods_.most_common(), 0);
    if (!status.ok()) return status.error();
    auto duplicate = writer_.finish();
    if (!duplicate.ok()) return duplicate.error();
    if (duplicate.value()) {
      Message reason;
      reason << "the login of line ";
      reason.number(duplicate.value()->first_line) << " again";
      complain(duplicate.value()->second_line, reason.view());
    }
    if (faults_ > kMostFaults) {
      Message message;
      message << "and ";
      message.number(faults_ - kMostFaults) << " more bad lines";
      say(message.view());
    }
    return faults_ == 0;
  }

  [[nodiscard]] size_t users() const { return users_; }
  [[nodiscard]] uint64_t size() const { return writer_.size(); }

 private:
  static constexpr size_t kMostFaults = 20;  // reported one by one

  lib::Status read(int input) {
    lib::LineBuffer buffer;
    lib::LineReader lines(input, buffer);
    std::string_view line;
    for (;;) {
      const lib::LineReader::Got got = lines.next(line);
      if (got == lib::LineReader::Got::Failed)
        return lib::Error::from_errno("read the passwd-file");
      if (got == lib::LineReader::Got::End) return {};
      line_ = static_cast<uint32_t>(lines.number());
      const lib::Status added = add(line, got == lib::LineReader::Got::Line);
      if (!added.ok()) return added;
    }
  }

  lib::Status add(std::string_view line, bool whole) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty() || line.starts_with('#')) return {};
    std::string_view fields = line;
    const std::string_view login = lib::next_field(fields, ':');
    if (const char* fault = find_fault(line, whole, login, fields)) {
      complain(line_, fault);
      return {};
    }
    ++users_;
    progress_.step(users_);
    return writer_.add(login, fields, line_);
  }

  // Returns nullptr for a good line, and counts its hash.
  const char* find_fault(std::string_view line, bool whole,
                         std::string_view login, std::string_view fields) {
    if (!whole) return "longer than 4096 bytes";
    if (login.size() == line.size()) return "no colon";
    if (login.empty()) return "no login";
    if (login.size() > kCdbKeySize) return "login longer than 512 bytes";
    if (line.find('\0') != std::string_view::npos) return "a NUL byte";
    if (const char* fault = login_fault(login)) return fault;
    Account account;
    if (const char* field = parse_account(login, fields, account)) {
      reason_.clear();
      reason_ << "bad " << field;
      if (account.damaged_scheme != nullptr)
        reason_ << " of scheme " << account.damaged_scheme;
      return reason_.c_str();
    }
    if (account.kind == SecretKind::Hash) methods_.add(account.stored.view());
    return nullptr;
  }

  void complain(uint32_t line, std::string_view reason) {
    if (++faults_ > kMostFaults) return;
    progress_.pause();
    Message message;
    message << "line ";
    message.number(line) << ": " << reason;
    say(message.view());
  }

  CdbWriter writer_;
  MethodCount methods_;
  Progress& progress_;
  lib::FixedText<64> reason_;
  uint32_t line_ = 0;
  size_t users_ = 0;
  size_t faults_ = 0;
};

int fail(const lib::Error& error) {
  lib::complain(kProgram, lib::cause_of(error).view());
  return lib::kTemporary;
}

int compile(const char* path, lib::Verbosity verbosity) {
  auto file = Replacement::open(path);
  if (!file.ok()) return fail(file.error());
  Progress progress(verbosity);
  Compiler compiler(file.value().fd(), progress);
  const auto good = compiler.run(STDIN_FILENO);
  if (!good.ok()) return fail(good.error());
  if (!good.value()) {
    say("nothing was changed");
    return lib::kRejected;
  }
  const lib::Status kept = file.value().keep();
  if (!kept.ok()) return fail(kept.error());
  progress.end(compiler.users(), compiler.size());
  return lib::kDone;
}

}  // namespace
}  // namespace checkpw

int main(int argc, char** argv) {
  checkpw::MkdbOptions options;
  lib::UsageFault fault;
  if (!lib::parse_options(checkpw::kOptions, checkpw::kHelp, argc, argv,
                          options, fault))
    lib::die_of_usage(lib::kUsage, checkpw::kProgram, fault.view());
  if (argc - optind != 1)
    lib::die_of_usage(lib::kUsage, checkpw::kProgram,
                      "the name of one file.cdb is needed");
  if (!std::string_view(argv[optind]).ends_with(checkpw::kCdbSuffix))
    lib::die(
        lib::kUsage, checkpw::kProgram,
        "the file's name must end in .cdb, or checkpw would read it as text");
  // Otherwise the new file would become descriptor 0 and be read as the input.
  if (fcntl(STDIN_FILENO, F_GETFD) < 0)
    lib::die(lib::kTemporary, checkpw::kProgram,
             lib::Error::from_errno("read standard input"));
  lib::fill_standard_descriptors();
  return checkpw::compile(argv[optind], options.verbosity);
}
