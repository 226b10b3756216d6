// SPDX-License-Identifier: ISC
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "lib/io/deadline.h"
#include "lib/text/fixed_text.h"
#include "popup/broker/dialogue_process.h"
#include "popup/dialogue/dialogue.h"
#include "popup/dialogue/record.h"

namespace popup {

// Why a one-shot dialogue failed, for the log.
struct FailureText : lib::FixedText<kLongestPayload> {
  // The beginning of a refused PROXY header; may be empty.
  lib::FixedText<kQuotedOctets> refused_octets;
};

constexpr std::string_view kFalseRecord = "false record of the dialogue";

// Runs as root: runs main, one of the one-shot dialogues of dialogue.h, and
// returns the joined payloads of its records.  They are all of that kind, all
// but the last as long as a record may be, and at most kLongestTlsBlock octets
// together.  nullopt, with failure set, if the dialogue fails or the deadline
// passes.  Once the dialogue reports refused octets it has one more second.
std::optional<std::string> run_one_shot(const DialogueSettings& settings,
                                        DialogueProcess::Main main,
                                        RecordKind kind, lib::Deadline deadline,
                                        FailureText& failure);

}  // namespace popup
