// SPDX-License-Identifier: ISC
#include "maildir-pop3d/trace.h"

#include <utility>

#include "lib/io.h"
#include "lib/trace_file.h"

namespace pop3d {

lib::Status Trace::to_file(const char* path) {
  auto file = lib::open_trace_file(path);
  if (!file.ok()) return file.error();
  file_ = std::move(file.value());
  return {};
}

void Trace::client_line(std::string_view line) const {
  if (to_log_)
    lib::LogLine(log_, "command", lib::Log::Level::Debug).field("line", line);
  if (!file_.valid()) return;
  lib::FixedText<2046> text;
  text << log_.program() << ": ";
  if (!log_.session().empty()) text << "sid=" << log_.session() << ' ';
  text << "event=command line=";
  lib::append_log_value(text, line);
  text << '\n';
  (void)lib::write_all(file_.get(), text.view(), lib::Deadline::in_seconds(1));
}

}  // namespace pop3d
