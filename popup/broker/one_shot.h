// SPDX-License-Identifier: ISC
#pragma once

#include <optional>
#include <string>

#include "lib/io/deadline.h"
#include "lib/text/fixed_text.h"
#include "popup/broker/dialogue_process.h"
#include "popup/dialogue/dialogue.h"
#include "popup/dialogue/record.h"

namespace popup {

// Why an errand failed, for the log.
struct Complaint : lib::FixedText<kLongestPayload> {
  lib::FixedText<kQuotedOctets> octets;  // what was refused begins so
};

// Runs as root: sends one of the short dialogues (dialogue.h) to fetch
// something, and joins the payloads of its records, all of that kind, as long
// as a record may be (but the last), and of at most kLongestTlsBlock octets
// together.  nullopt with a complaint where it fails or is not done in time.  A
// dialogue that tells what it refuses has a second from then on.
std::optional<std::string> run_errand(const DialogueSettings& settings,
                                      Room::Talk talk, RecordKind kind,
                                      lib::Deadline deadline,
                                      Complaint& complaint);

}  // namespace popup
