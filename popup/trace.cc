// SPDX-License-Identifier: ISC
// Runs as root: the file was opened before.
#include "popup/trace.h"

#include "lib/io.h"

namespace popup {

void Trace::client_line(std::string_view line) const {
  if (to_log_)
    lib::LogLine(log_, "command", lib::Log::Level::Debug).field("line", line);
  if (!file_.valid()) return;
  lib::FixedText<2046> text;
  text << log_.program() << ": sid=" << log_.session()
       << " event=command line=";
  lib::append_log_value(text, line);
  lib::FixedText<2048> whole;
  whole << text.view() << '\n';
  (void)lib::write_all(file_.get(), whole.view());
}

}  // namespace popup
