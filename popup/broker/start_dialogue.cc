// SPDX-License-Identifier: ISC
// Runs as root.
#include "popup/broker/start_dialogue.h"

#include <unistd.h>

#include "lib/io/pipe.h"
#include "lib/process/exit_code.h"

namespace popup {

lib::Result<StartedDialogue> start_dialogue(const DialogueStart& start,
                                            int input, int output) {
  auto records = lib::make_pipe("make a pipe for the dialogue");
  if (!records.ok()) return records.error();
  const pid_t process = fork();
  if (process < 0) return lib::Error::from_errno("fork the dialogue");
  if (process == 0) {
    if (start.title != nullptr)
      start.title->show("popup", {start.client.view()});
    const bool placed = (input == 0 || dup2(input, 0) == 0) &&
                        (output == 1 || dup2(output, 1) == 1);
    if (placed)
      start.main({.jail = start.jail,
                  .offer = start.offer,
                  .greeting = start.greeting.view(),
                  .timestamp = start.timestamp.view(),
                  .tally = start.tally,
                  .traced = start.traced,
                  .tls_control = start.tls_control},
                 records.value().writing.get());
    _exit(lib::kTemporary);
  }
  return StartedDialogue{.process = process,
                         .records = std::move(records.value().reading)};
}

}  // namespace popup
