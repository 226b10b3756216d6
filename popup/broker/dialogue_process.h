// SPDX-License-Identifier: ISC
#pragma once

#include <sys/types.h>

#include "lib/io/deadline.h"
#include "lib/io/unique_fd.h"
#include "lib/result.h"
#include "popup/dialogue/dialogue.h"
#include "popup/dialogue/record.h"

namespace popup {

// Runs as root: the broker's end of one dialogue.  It owns the process, which
// is killed and reaped at the latest when this goes.
class Room {
 public:
  using Talk = void (*)(const DialogueSettings& settings, int records);
  // Forks a process that runs talk, which does not return.
  static lib::Result<Room> open(const DialogueSettings& settings,
                                Talk talk = converse);

  Room(Room&& other) noexcept;
  Room& operator=(Room&&) = delete;
  ~Room() { close(); }

  enum class Event {
    Record,   // record is set
    Ended,    // the client or the dialogue is gone
    Timeout,  // the deadline passed
    Broken,   // what came is no record
  };
  // The next record, read with reader; its payload lives in there.
  Event wait(RecordReader& reader, lib::Deadline deadline, Record& record);

  // Kills (if need be) and reaps the dialogue; the signal that it died of, or
  // 0, once.
  int close();

 private:
  Room(pid_t dialogue, int records) : dialogue_(dialogue), records_(records) {}

  pid_t dialogue_;
  lib::UniqueFd records_;
};

}  // namespace popup
