// SPDX-License-Identifier: ISC
// Runs as root.
#include "popup/broker/one_shot.h"

#include <cstring>

#include "popup/dialogue/tls_variables.h"

namespace popup {
namespace {

constexpr std::string_view kLied = "false record of the dialogue";

// To read what follows the first octets.
constexpr int kQuoteSeconds = 1;

std::string_view explain(Room::Event event) {
  switch (event) {
    case Room::Event::Timeout: return "no answer in time";
    case Room::Event::Ended: return "the dialogue died";
    default: return kLied;
  }
}

std::string_view explain(const Record& record) {
  return record.kind == RecordKind::Failure ? record.payload : kLied;
}

// Only the last part may be short, and none is empty: so that there is an end
// of them, and of their octets.
bool may_follow(std::string_view payload, std::string_view fetched) {
  return !payload.empty() && fetched.size() % kLongestPayload == 0 &&
         fetched.size() + payload.size() <= kLongestTlsBlock;
}

// Takes the place of what was quoted before, which it begins with.
bool take_quote(std::string_view octets, Complaint& complaint) {
  if (octets.size() > kQuotedOctets ||
      octets.size() <= complaint.octets.size() ||
      !octets.starts_with(complaint.octets.view()))
    return false;
  complaint.octets.clear();
  complaint.octets << octets;
  return true;
}

}  // namespace

std::optional<std::string> run_errand(const DialogueSettings& settings,
                                      Room::Talk talk, RecordKind kind,
                                      lib::Deadline deadline,
                                      Complaint& complaint) {
  std::string fetched;
  RecordReader reader;
  Record record;
  auto room = Room::open(settings, talk);
  if (!room.ok()) {
    complaint << "unable to " << room.error().doing << ": "
              << strerror(room.error().code);
    return std::nullopt;
  }
  for (;;) {
    const auto event = room.value().wait(reader, deadline, record);
    if (event != Room::Event::Record) {
      complaint << (complaint.octets.empty()
                        ? explain(event)
                        : describe_refused(complaint.octets.view()));
      return std::nullopt;
    }
    if (record.kind == RecordKind::Refused && kind == RecordKind::Proxied &&
        take_quote(record.payload, complaint)) {
      deadline = lib::Deadline::in_seconds(kQuoteSeconds).earlier(deadline);
      continue;
    }
    if (record.kind == RecordKind::Quit) return fetched;
    if (record.kind != kind || !may_follow(record.payload, fetched)) {
      complaint << explain(record);
      return std::nullopt;
    }
    fetched += record.payload;
  }
}

}  // namespace popup
