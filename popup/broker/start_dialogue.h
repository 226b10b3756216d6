// SPDX-License-Identifier: ISC
#pragma once

#include <sys/types.h>

#include "lib/io/unique_fd.h"
#include "lib/process/title.h"
#include "lib/result.h"
#include "popup/broker/challenge.h"
#include "popup/dialogue/dialogue.h"

namespace popup {

// Everything that a dialogue is given.  It is copied before the fork, because
// the new process does not see the table of connections.
struct DialogueStart {
  // The process runs this function of dialogue.h, which does not return.
  void (*main)(const DialogueSettings& settings,
               int records) = run_login_dialogue;
  Jail jail;
  Offer offer;
  lib::FixedText<400> greeting;
  Challenge timestamp;
  Tally tally;
  bool traced = false;
  int tls_control = -1;
  const lib::ProcessTitle* title = nullptr;  // shows the client's address
  lib::FixedText<46> client;
};

struct StartedDialogue {
  pid_t process = -1;
  lib::UniqueFd records;  // the end of the pipe to read them from
};

// Runs as root, if popup does: forks a dialogue.  The client's descriptors,
// input and output here, become 0 and 1 there.
lib::Result<StartedDialogue> start_dialogue(const DialogueStart& start,
                                            int input, int output);

}  // namespace popup
