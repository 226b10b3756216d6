// SPDX-License-Identifier: ISC
// Runs as root.
#include "popup/broker/one_shot.h"

#include "lib/io/log.h"
#include "popup/dialogue/tls_variables.h"

namespace popup {
namespace {

using Event = DialogueProcess::Event;

// For the octets after the first one that is refused.
constexpr int kQuoteSeconds = 1;

// Replaces the octets quoted so far by a longer quote, which must begin with
// them.  False if it does not, or is too long.
bool take_quote(std::string_view octets, FailureText& failure) {
  if (octets.size() > kQuotedOctets ||
      octets.size() <= failure.refused_octets.size() ||
      !octets.starts_with(failure.refused_octets.view()))
    return false;
  failure.refused_octets.clear();
  failure.refused_octets << octets;
  return true;
}

std::string_view describe_event(Event event, const FailureText& failure) {
  if (!failure.refused_octets.empty())
    return describe_refused(failure.refused_octets.view());
  switch (event) {
    case Event::Timeout: return "no answer in time";
    case Event::Ended: return "the dialogue died";
    default: return kFalseRecord;
  }
}

}  // namespace

std::optional<std::string> run_one_shot(const DialogueSettings& settings,
                                        DialogueProcess::Main main,
                                        RecordKind kind, lib::Deadline deadline,
                                        FailureText& failure) {
  std::string fetched;
  RecordReader reader;
  Record record;
  auto dialogue = DialogueProcess::start(settings, main);
  if (!dialogue.ok()) {
    failure << lib::cause_of(dialogue.error()).view();
    return std::nullopt;
  }
  for (;;) {
    const Event event = dialogue.value().wait(reader, deadline, record);
    if (event != Event::Record) {
      failure << describe_event(event, failure);
      return std::nullopt;
    }
    if (record.kind == RecordKind::Quit) return fetched;
    // Only the last part may be short, and none may be empty: this limits the
    // number of parts, as the sum limits their octets.
    const bool fits =
        !record.payload.empty() && fetched.size() % kLongestPayload == 0 &&
        fetched.size() + record.payload.size() <= kLongestTlsBlock;
    if (record.kind == kind && fits) {
      fetched += record.payload;
      continue;
    }
    if (record.kind == RecordKind::Refused && kind == RecordKind::Proxied &&
        take_quote(record.payload, failure)) {
      deadline = lib::Deadline::in_seconds(kQuoteSeconds).earlier(deadline);
      continue;
    }
    failure << (record.kind == RecordKind::Failure ? record.payload
                                                   : kFalseRecord);
    return std::nullopt;
  }
}

}  // namespace popup
