// SPDX-License-Identifier: ISC
#pragma once

#include <sys/types.h>

#include <utility>

#include "lib/io/deadline.h"
#include "lib/io/unique_fd.h"
#include "lib/result.h"
#include "popup/dialogue/dialogue.h"
#include "popup/dialogue/record.h"

namespace popup {

// Runs as root: the broker's end of one dialogue.  It owns the dialogue's
// process; the destructor kills and reaps it unless stop() did.
class DialogueProcess {
 public:
  // The function that the process runs, one of those in dialogue.h.  It does
  // not return.
  using Main = void (*)(const DialogueSettings& settings, int records);
  static lib::Result<DialogueProcess> start(const DialogueSettings& settings,
                                            Main main = run_login_dialogue);

  DialogueProcess(DialogueProcess&& other) noexcept;
  ~DialogueProcess() { stop(); }

  enum class Event {
    Record,   // record is set
    Ended,    // the client or the dialogue is gone
    Timeout,  // the deadline passed
    Invalid,  // the dialogue sent something else than a record
  };
  // Waits for the next record, and reads it by reader, whose buffer then holds
  // the payload.
  Event wait(RecordReader& reader, lib::Deadline deadline, Record& record);

  // Kills the dialogue if it still runs, and reaps it.  Returns the signal that
  // it died of, or 0.  A second call does nothing and returns 0.
  int stop();

 private:
  DialogueProcess(pid_t process, lib::UniqueFd records)
      : process_(process), records_(std::move(records)) {}

  pid_t process_;
  lib::UniqueFd records_;
};

}  // namespace popup
