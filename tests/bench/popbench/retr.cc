// SPDX-License-Identifier: ISC
#include <algorithm>
#include <cstring>

#include "tests/bench/popbench/connection.h"
#include "tests/bench/popbench/json.h"
#include "tests/bench/popbench/meter.h"
#include "tests/bench/popbench/modes.h"

namespace popbench {

static std::string retr(size_t message) {
  return "RETR " + std::to_string(message + 1) + "\r\n";
}

// The length of every reply on the wire.
static std::vector<uint64_t> learn(Connection& connection, size_t messages) {
  connection.set_quick_ack(
      true);  // not measured, so it need not wait for stalls
  std::vector<uint64_t> lengths;
  for (size_t i = 0; i < messages; ++i) {
    connection.send(retr(i));
    lengths.push_back(connection.multi_line().wire);
  }
  return lengths;
}

// Counts replies of known length as they arrive; each has to have the end of a
// multi-line reply exactly at the expected place.
class Counter {
 public:
  explicit Counter(const std::vector<uint64_t>& lengths)
      : lengths_(lengths), left_(lengths[0]) {}

  // Takes the bytes that belong to the current reply.
  size_t count(std::string_view bytes) {
    const size_t part = static_cast<size_t>(
        std::min(left_, static_cast<uint64_t>(bytes.size())));
    remember(bytes.substr(0, part));
    left_ -= part;
    bytes_ += part;
    if (left_ == 0) next();
    return part;
  }
  [[nodiscard]] uint64_t replies() const { return replies_; }
  [[nodiscard]] uint64_t bytes() const { return bytes_; }
  [[nodiscard]] uint64_t bad() const { return bad_; }

 private:
  static constexpr size_t kTail = 5;  // "\r\n.\r\n"

  void remember(std::string_view part) {
    const size_t fresh = std::min(part.size(), kTail);
    memmove(tail_, tail_ + fresh, kTail - fresh);
    memcpy(tail_ + kTail - fresh, part.data() + part.size() - fresh, fresh);
  }
  void next() {
    if (memcmp(tail_, "\r\n.\r\n", kTail) != 0) ++bad_;
    ++replies_;
    left_ = lengths_[replies_ % lengths_.size()];
  }

  const std::vector<uint64_t>& lengths_;
  uint64_t left_;
  uint64_t replies_ = 0;
  uint64_t bytes_ = 0;
  uint64_t bad_ = 0;
  char tail_[kTail] = {};
};

// Keeps depth commands outstanding for that many replies (whole passes over the
// messages) or until the time is over, which may end a pass of a stalling
// server.
static Counter retrieve(const Options& options, Connection& connection,
                        const std::vector<uint64_t>& lengths) {
  connection.set_quick_ack(options.quick_ack);
  Counter counter(lengths);
  const double end = now() + (options.seconds > 0 ? options.seconds : 1);
  const uint64_t depth = static_cast<uint64_t>(options.depth);
  std::string commands;
  for (uint64_t sent = 0;;) {
    if (sent - counter.replies() <= depth / 2 && now() < end) {
      commands.clear();
      while (sent - counter.replies() < depth)
        commands += retr(sent++ % lengths.size());
      connection.send(commands);
    }
    if (sent == counter.replies()) return counter;
    if (connection.pending().empty() && !connection.fill())
      die("after " + std::to_string(counter.replies()) +
          " replies: " + connection.error());
    connection.take(counter.count(connection.pending()));
  }
}

int run_retr(const Options& options) {
  const Meter meter(options);
  Connection connection(options);
  connection.open_or_die(0);
  connection.login_or_die(0);
  size_t messages = connection.listing("LIST").size();
  if (options.messages > 0)
    messages = std::min(messages, static_cast<size_t>(options.messages));
  if (messages == 0) die("the mailbox is empty");
  const std::vector<uint64_t> lengths = learn(connection, messages);

  const double cpu_before = meter.settled_cpu(options.settle_ms);
  const double begin = now();
  const Counter counter = retrieve(options, connection, lengths);
  const double seconds = now() - begin;
  const double cpu = meter.settled_cpu(options.settle_ms) - cpu_before;
  connection.quit();

  const double megabytes = static_cast<double>(counter.bytes()) * 1e-6;
  const double replies = static_cast<double>(counter.replies());
  Json json;
  json.number("messages", static_cast<double>(messages))
      .number("replies", replies)
      .number("seconds", seconds)
      .number("bad", static_cast<double>(counter.bad()))
      .number("mb_per_s", megabytes / seconds)
      .number("messages_per_s", replies / seconds);
  if (cpu_before >= 0)
    json.number("cpu_us_per_mb", cpu * 1e6 / megabytes)
        .number("cpu_us_per_message", cpu * 1e6 / replies);
  json.print();
  return counter.bad() > 0 ? 2 : 0;
}

}  // namespace popbench
