// SPDX-License-Identifier: ISC
// Runs as root.
#include "popup/broker/dialogue_process.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <utility>

#include "lib/io/io.h"
#include "lib/process/exit_code.h"
#include "popup/broker/child.h"

namespace popup {

lib::Result<Room> Room::open(const DialogueSettings& settings, Talk talk) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0)
    return lib::Error::from_errno("make a pipe for the dialogue");
  lib::UniqueFd reading(ends[0]);
  lib::UniqueFd writing(ends[1]);
  const pid_t dialogue = fork();
  if (dialogue < 0) return lib::Error::from_errno("fork the dialogue");
  if (dialogue == 0) {
    talk(settings, writing.get());
    _exit(lib::kTemporary);
  }
  return Room(dialogue, reading.release());
}

Room::Room(Room&& other) noexcept
    : dialogue_(std::exchange(other.dialogue_, -1)),
      records_(std::move(other.records_)) {}

Room::Event Room::wait(RecordReader& reader, lib::Deadline deadline,
                       Record& record) {
  for (;;) {
    if (const auto next = reader.next()) {
      record = *next;
      return Event::Record;
    }
    if (reader.broken()) return Event::Broken;
    // A dialogue that floods is always readable: look at the clock as well.
    if (deadline.passed() || !lib::wait_readable(records_.get(), deadline))
      return Event::Timeout;
    const ssize_t got = lib::read_some(records_.get(), reader.room());
    if (got <= 0) return Event::Ended;
    reader.added(static_cast<size_t>(got));
  }
}

int Room::close() {
  if (dialogue_ <= 0) return 0;
  const pid_t dialogue = std::exchange(dialogue_, -1);
  // Nothing that matters is left for it to do, and a dialogue that an
  // intruder runs would not end by itself.
  siginfo_t ending{};
  const bool ended = kill_and_reap(dialogue, ending);
  records_.reset();
  return ended && ending.si_code != CLD_EXITED ? ending.si_status : 0;
}

}  // namespace popup
