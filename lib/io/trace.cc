// SPDX-License-Identifier: ISC
// May run as root (popup).
#include "lib/io/trace.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string_view>

#include "lib/io/io.h"
#include "lib/text/text.h"

namespace lib {
namespace {

constexpr std::string_view kDescriptors = "/dev/fd/";

Result<UniqueFd> use_descriptor(int number) {
  UniqueFd file(fcntl(number, F_DUPFD_CLOEXEC, 3));
  struct stat status {};
  if (!file.valid() || fstat(file.get(), &status) != 0)
    return Error{"use the trace file: no such descriptor"};
  if (!S_ISREG(status.st_mode) || status.st_nlink != 1 ||
      (fcntl(file.get(), F_GETFL) & O_APPEND) == 0)
    return Error{"use the trace file: not a regular file to append to"};
  return file;
}

}  // namespace

std::optional<int> trace_descriptor(std::string_view path) {
  if (!path.starts_with(kDescriptors)) return std::nullopt;
  return static_cast<int>(
      parse_number(path.substr(kDescriptors.size()), 1023).value_or(-1));
}

Result<UniqueFd> open_trace_file(const char* path) {
  if (const auto number = trace_descriptor(path))
    return use_descriptor(*number);
  // O_NONBLOCK, because open would wait for the reader of a FIFO.
  UniqueFd file(open(path,
                     O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK |
                         O_CLOEXEC | O_NOCTTY,
                     0600));
  if (!file.valid()) return Error::from_errno("open the trace file");
  struct stat status {};
  if (fstat(file.get(), &status) != 0)
    return Error::from_errno("examine the trace file");
  if (!S_ISREG(status.st_mode) || status.st_uid != geteuid() ||
      status.st_nlink != 1)
    return Error{
        "use the trace file: not a regular file of this user with one name"};
  return file;
}

void Trace::client_line(std::string_view line) const {
  if (to_log_) LogLine(log_, "command", Log::Level::Debug).field("line", line);
  if (!file_.valid()) return;
  LogText text;
  text << log_.program() << ": ";
  if (!log_.session().empty()) text << "sid=" << log_.session() << ' ';
  text << "event=command line=";
  append_log_value(text, line);
  (void)write_all(file_.get(), text.ended_by('\n'), Deadline::in_seconds(1));
}

}  // namespace lib
