// SPDX-License-Identifier: ISC
// Runs as root.
#include "popup/broker/dialogue_process.h"

#include <unistd.h>

#include <csignal>
#include <utility>

#include "lib/io/io.h"
#include "lib/io/pipe.h"
#include "lib/process/child.h"
#include "lib/process/exit_code.h"

namespace popup {

lib::Result<DialogueProcess> DialogueProcess::start(
    const DialogueSettings& settings, Main main) {
  auto records = lib::make_pipe("make a pipe for the dialogue");
  if (!records.ok()) return records.error();
  const pid_t process = fork();
  if (process < 0) return lib::Error::from_errno("fork the dialogue");
  if (process == 0) {
    main(settings, records.value().writing.get());
    _exit(lib::kTemporary);
  }
  return DialogueProcess(process, std::move(records.value().reading));
}

DialogueProcess::DialogueProcess(DialogueProcess&& other) noexcept
    : process_(std::exchange(other.process_, -1)),
      records_(std::move(other.records_)) {}

DialogueProcess::Event DialogueProcess::wait(RecordReader& reader,
                                             lib::Deadline deadline,
                                             Record& record) {
  for (;;) {
    if (const auto next = reader.next()) {
      record = *next;
      return Event::Record;
    }
    if (reader.broken()) return Event::Invalid;
    // The pipe of a dialogue that floods is always readable, so that poll alone
    // would never report the deadline.
    if (deadline.passed() || !lib::wait_readable(records_.get(), deadline))
      return Event::Timeout;
    const ssize_t got = lib::read_some(records_.get(), reader.free_space());
    if (got <= 0) return Event::Ended;
    reader.added(static_cast<size_t>(got));
  }
}

// The dialogue has nothing left to do that matters, and one that an intruder
// controls would not end by itself.
int DialogueProcess::stop() {
  if (process_ <= 0) return 0;
  siginfo_t ending{};
  const bool ended = lib::kill_and_reap(std::exchange(process_, -1), ending);
  records_.reset();
  return ended && ending.si_code != CLD_EXITED ? ending.si_status : 0;
}

}  // namespace popup
