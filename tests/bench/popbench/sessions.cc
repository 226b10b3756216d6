// SPDX-License-Identifier: ISC
#include <sys/epoll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <cstring>

#include "tests/bench/popbench/connection.h"
#include "tests/bench/popbench/json.h"
#include "tests/bench/popbench/meter.h"
#include "tests/bench/popbench/modes.h"
#include "tests/bench/popbench/stream.h"

namespace popbench {

struct Command {
  std::string text;
  bool multi_line;
};

static bool is_multi_line(const std::string& command) {
  return command == "LIST" || command == "UIDL" || command == "CAPA" ||
         command.starts_with("RETR ") || command.starts_with("TOP ");
}

const std::string kUser = "USER ";  // a name for each session follows
const std::string kStls = "STLS";

// STLS if it is to be, USER, PASS, the script, QUIT.
static std::vector<Command> commands_of(const Options& options) {
  std::vector<Command> all;
  if (options.tls == Tls::kStls) all.push_back({kStls, false});
  all.push_back({kUser, false});
  all.push_back({"PASS " + options.password, false});
  for (size_t begin = 0; begin < options.script.size();) {
    const size_t end =
        std::min(options.script.find(',', begin), options.script.size());
    const std::string word = options.script.substr(begin, end - begin);
    all.push_back({word, is_multi_line(word)});
    begin = end + 1;
  }
  all.push_back({"QUIT", false});
  return all;
}

// One of the concurrent clients: one session after another uses the slot.
struct Slot {
  Stream stream;
  long session = 0;
  size_t step = 0;  // replies awaited: 0 is the greeting
  double begin = 0;
  std::string arrived;
  bool in_body = false;
  bool done = false;  // the reply to QUIT has come
};

class Load {
 public:
  explicit Load(const Options& options)
      : options_(options),
        script_(commands_of(options)),
        slots_(static_cast<size_t>(options.concurrency)),
        epoll_(epoll_create1(EPOLL_CLOEXEC)) {}

  void run();

  long good = 0;
  long bad = 0;
  double seconds = 0;
  std::vector<double> latency_us;
  std::string error;  // of the first bad session

 private:
  [[nodiscard]] bool more() const;
  void start_next(size_t slot);
  [[nodiscard]] bool start(size_t slot);
  void finish(size_t slot, const std::string& why);
  void shake_hands(size_t slot);
  void arrived(size_t slot);
  // False if the session ended too early, for the reason in why.
  [[nodiscard]] bool digest(Slot& slot, std::string& why);
  [[nodiscard]] bool answer(Slot& slot);

  const Options& options_;
  const std::vector<Command> script_;
  std::vector<Slot> slots_;
  lib::UniqueFd epoll_;
  long started_ = 0;
  int live_ = 0;
  double begin_ = 0;
};

bool Load::more() const {
  return started_ < options_.count && bad < 1000 &&
         (options_.seconds <= 0 || now() - begin_ < options_.seconds);
}

bool Load::start(size_t index) {
  const long session = started_++;
  Slot& slot = slots_[index] = Slot{};
  slot.session = session;
  slot.begin = now();
  slot.stream = Stream(options_, session, false);
  if (!slot.stream.valid()) {
    if (error.empty()) error = std::string("connect: ") + strerror(errno);
    ++bad;
    return false;
  }
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = index;
  epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, slot.stream.fd(), &event);
  ++live_;
  if (slot.stream.in_handshake()) slot.stream.handshake();
  return true;
}

void Load::start_next(size_t index) {
  while (more() && !start(index)) continue;
}

void Load::finish(size_t index, const std::string& why) {
  Slot& slot = slots_[index];
  if (slot.done) {
    ++good;
  } else {
    ++bad;
    if (error.empty())
      error = why + " at step " + std::to_string(slot.step) + ": " +
              slot.arrived.substr(0, 120);
  }
  slot.stream.reset();
  --live_;
  start_next(index);
}

// Removes the rest of a multi-line reply, which starts with the line break of
// its first line, from the input.  True if all of it has arrived.
static bool cut_body(std::string& arrived) {
  const size_t end = arrived.find("\r\n.\r\n");
  if (end == std::string::npos) {
    if (arrived.size() > 4) arrived.erase(0, arrived.size() - 4);
    return false;
  }
  arrived.erase(0, end + 5);
  return true;
}

bool Load::answer(Slot& slot) {
  if (slot.step == script_.size()) {
    latency_us.push_back((now() - slot.begin) * 1e6);
    slot.done = true;
    return true;
  }
  std::string text = script_[slot.step].text;
  if (text == kUser) text += user_name(options_, slot.session);
  text += "\r\n";
  ++slot.step;
  return slot.stream.write(text) == static_cast<ssize_t>(text.size());
}

bool Load::digest(Slot& slot, std::string& why) {
  while (!slot.done) {
    if (slot.in_body) {
      if (!cut_body(slot.arrived)) return true;
      slot.in_body = false;
    } else {
      const size_t end = slot.arrived.find('\n');
      if (end == std::string::npos) return true;
      why = "refused";
      if (!slot.arrived.starts_with("+OK")) return false;
      slot.in_body = slot.step > 0 && script_[slot.step - 1].multi_line;
      slot.arrived.erase(0, slot.in_body && end > 0 ? end - 1 : end + 1);
      if (slot.in_body) continue;
      if (slot.step > 0 && script_[slot.step - 1].text == kStls) {
        slot.stream.start_tls(options_);
        why = "no TLS";
        const Handshake state = slot.stream.handshake();
        if (state != Handshake::kDone) return state == Handshake::kWaiting;
      }
    }
    why = "send";
    if (!answer(slot)) return false;
  }
  return true;
}

void Load::shake_hands(size_t index) {
  Slot& slot = slots_[index];
  const Handshake state = slot.stream.handshake();
  if (state == Handshake::kFailed) return finish(index, "no TLS");
  // After STLS there is no greeting to wait for.
  if (state == Handshake::kDone && slot.step > 0 && !answer(slot))
    finish(index, "send");
}

void Load::arrived(size_t index) {
  static std::array<char, 1 << 16> piece;
  Slot& slot = slots_[index];
  if (slot.stream.in_handshake()) return shake_hands(index);
  const ssize_t got = slot.stream.read(piece.data(), piece.size());
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0) return finish(index, got == 0 ? "closed" : strerror(errno));
  slot.arrived.append(piece.data(), static_cast<size_t>(got));
  std::string why;
  if (!digest(slot, why)) finish(index, why);
}

void Load::run() {
  begin_ = now();
  for (size_t i = 0; i < slots_.size(); ++i) start_next(i);
  std::array<epoll_event, 256> events{};
  while (live_ > 0) {
    const int count = epoll_wait(epoll_.get(), events.data(), events.size(),
                                 options_.timeout_s * 1000);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) {
      error += " time-out";
      bad += live_;
      break;
    }
    for (int i = 0; i < count; ++i)
      arrived(static_cast<size_t>(events[static_cast<size_t>(i)].data.u64));
  }
  seconds = now() - begin_;
  std::ranges::sort(latency_us);
}

double quantile(const std::vector<double>& sorted, double share) {
  if (sorted.empty()) return 0;
  return sorted[static_cast<size_t>(
      std::lround(share * static_cast<double>(sorted.size() - 1)))];
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return quantile(values, 0.5);
}

// Sessions that are not measured, so that the first measured ones can resume.
static void get_tickets(const Options& options) {
  Options first = options;
  first.count = options.concurrency;
  first.seconds = 0;
  Load(first).run();
}

int run_sessions(const Options& options) {
  if (options.resume) get_tickets(options);
  const Handshakes before = handshakes();
  const Meter meter(options);
  const double cpu_before = meter.settled_cpu(options.settle_ms);
  Load load(options);
  load.run();
  const double cpu = meter.settled_cpu(options.settle_ms) - cpu_before;

  const double good = static_cast<double>(load.good);
  Json json;
  json.number("good", good)
      .number("bad", static_cast<double>(load.bad))
      .number("seconds", load.seconds)
      .number("sessions_per_s", good / load.seconds)
      .number("p50_us", quantile(load.latency_us, 0.5))
      .number("p99_us", quantile(load.latency_us, 0.99))
      .text("error", load.error);
  const long shaken = handshakes().done - before.done;
  if (shaken > 0)
    json.number("resumed",
                double(handshakes().resumed - before.resumed) / double(shaken));
  if (cpu_before >= 0 && load.good > 0)
    json.number("cpu_us_per_session", cpu * 1e6 / good);
  json.print();
  return load.bad > 0 ? 2 : 0;
}

}  // namespace popbench
