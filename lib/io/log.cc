// SPDX-License-Identifier: ISC
// May run as root.
#include "lib/io/log.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <syslog.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "lib/io/io.h"
#include "lib/text/text.h"

namespace lib {
namespace {

constexpr size_t kLongestValue = 512;
constexpr size_t kMostWaiting = 65536;
constexpr int64_t kFirstPauseMs = 10;
constexpr int64_t kLongestPauseMs = 1000;

// RWF_NOWAIT of Linux 4.14, which older C libraries do not name.
constexpr int kNoWait = 8;

bool is_plain(char c, std::string_view signs) {
  return is_letter(c) || is_digit(c) || signs.find(c) != signs.npos;
}

bool is_session_id(std::string_view text) {
  return !text.empty() && text.size() <= 64 &&
         std::ranges::all_of(text, [](char c) { return is_plain(c, ".-_"); });
}

int priority(Log::Level level) {
  constexpr std::array kPriorities{LOG_INFO, LOG_WARNING, LOG_ERR, LOG_DEBUG};
  return kPriorities[static_cast<size_t>(level)];
}

// Compares with descriptor 0 only: systemd makes one socket, to its log, both 1
// and 2.
bool is_client_socket(const struct stat& log) {
  struct stat client {};
  return S_ISSOCK(log.st_mode) && fstat(0, &client) == 0 &&
         client.st_dev == log.st_dev && client.st_ino == log.st_ino;
}

// Returns false if descriptor 2 cannot be the log, and makes it /dev/null: it
// is closed (the next file to be opened would become the log), or it is the
// client's connection (inetd and xinetd put it there).
bool claim_standard_error() {
  struct stat log {};
  if (fstat(2, &log) == 0 && !is_client_socket(log)) return true;
  UniqueFd null(open("/dev/null", O_WRONLY));
  if (null.get() == 2)
    (void)null.release();
  else if (null.valid())
    dup2(null.get(), 2);
  return false;
}

FixedText<4> escaped(char c) {
  const auto byte = static_cast<unsigned char>(c);
  FixedText<4> shown;
  if (c == '"' || c == '\\')
    shown << '\\' << c;
  else if (byte >= 0x20 && byte < 0x7f)
    shown << c;
  else
    shown << "\\x" << kHexDigits[byte >> 4U] << kHexDigits[byte & 15U];
  return shown;
}

// Characters that would leave no space for the dots are dropped.
void append_quoted(LogText& text, std::string_view value, bool cut) {
  constexpr std::string_view kCut = "...\"";
  if (text.free_space() <= kCut.size()) return;
  text << '"';
  for (const char c : value) {
    const FixedText<4> shown = escaped(c);
    if (text.free_space() < shown.size() + kCut.size()) {
      cut = true;
      break;
    }
    text << shown.view();
  }
  text << (cut ? kCut : "\"");
}

// How many octets descriptor 2 takes at once, or -1.  A pipe that is writable
// has room for one page, but another process may fill it before we write; new
// kernels can say that a write must not wait.
ssize_t write_now(std::string_view text, mode_t kind) {
  if (S_ISSOCK(kind))
    return send(2, text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  pollfd writing{.fd = 2, .events = POLLOUT, .revents = 0};
  if (poll(&writing, 1, 0) <= 0) return -1;
  if (S_ISFIFO(kind)) {
    const iovec bytes{.iov_base = const_cast<char*>(text.data()),
                      .iov_len = text.size()};
    constexpr long kFromHere = -1;
    const long written =
        syscall(SYS_pwritev2, 2, &bytes, 1, kFromHere, kFromHere, kNoWait);
    // A system call filter may refuse it with any error.
    if (written >= 0 || errno == EAGAIN) return written;
  }
  return ::write(2, text.data(), text.size());
}

// Memory that a fork does not copy, so that a dialogue does not have the lines
// of other connections.  Empty if the system refuses it; then no line waits.
std::span<char> make_space() {
  void* const space = mmap(nullptr, kMostWaiting, PROT_READ | PROT_WRITE,
                           MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (space == MAP_FAILED || madvise(space, kMostWaiting, MADV_DONTFORK) != 0)
    return {};
  return {static_cast<char*>(space), kMostWaiting};
}

// Invalid if nobody listens there.
UniqueFd connect_to_syslog() {
  const sockaddr_un address{.sun_family = AF_UNIX, .sun_path = "/dev/log"};
  UniqueFd fd(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (connect(fd.get(), reinterpret_cast<const sockaddr*>(&address),
              sizeof address) != 0)
    fd.reset();
  return fd;
}

}  // namespace

Log::Log(const char* program) : program_(program) {
  if (!claim_standard_error()) to_syslog(LOG_MAIL);
}

void Log::to_syslog(int facility) {
  syslog_ = true;
  facility_ = facility;
  openlog(program_, LOG_PID, facility);  // for die()
  socket_ = connect_to_syslog();
}

void Log::reconnect() const {
  waiting_ = 0;
  lost_ = 0;
  retry_at_ms_ = 0;
  if (!waits_) space_ = make_space();
  if (!syslog_) return;
  // It was closed with the others.
  (void)socket_.release();
  socket_ = connect_to_syslog();
}

void Log::never_wait() {
  waits_ = false;
  struct stat status {};
  kind_ = fstat(2, &status) == 0 ? status.st_mode : 0;
  socket_.reset();
  reconnect();
}

void Log::set_session(std::string_view session_id) {
  session_.clear();
  session_ << session_id;
}

void Log::inherit() {
  const char* const given = getenv("POPUP_SID");
  if (given != nullptr && is_session_id(given)) set_session(given);
  if (!syslog_ && is_syslog_inherited()) to_syslog(LOG_MAIL);
}

void Log::send(Level level, LogText& line) const {
  if (verbosity_ == Verbosity::Quiet && level == Level::Info) return;
  // A failure must not end a session, and there is nobody to report it to.
  if (waits_ && !syslog_) {
    (void)write_all(2, line.ended_by('\n'), Deadline::in_seconds(1));
    return;
  }
  send_or_keep(level, line);
}

// Not inlined into send(): only popup -D and syslog need these 4 KiB of stack,
// but every process that logs would use them.
[[gnu::noinline]] void Log::send_or_keep(Level level, LogText& line) const {
  FixedText<2100> text;
  // Without the time, because syslogd adds it.
  if (syslog_) {
    (text << '<').number(static_cast<uint64_t>(facility_ | priority(level)));
    (text << '>' << program_ << '[').number(static_cast<uint64_t>(getpid()));
    text << ']' << line.view().substr(strlen(program_));
  } else {
    text << line.view();
  }
  std::string_view rest = text.ended_by('\n');
  if (waits_) {
    const Deadline deadline = Deadline::in_seconds(1);
    while (write_line(rest) == 0 && errno == EAGAIN) {
      pollfd room{.fd = socket_.get(), .events = POLLOUT, .revents = 0};
      if (poll(&room, 1, deadline.poll_timeout()) <= 0) return;
    }
    return;
  }
  if (retry()) rest.remove_prefix(write_line(rest));
  if (rest.empty()) return;
  if (lost_ != 0 || rest.size() > space_.size() - waiting_) {
    ++lost_;
    return;
  }
  memcpy(space_.data() + waiting_, rest.data(), rest.size());
  waiting_ += rest.size();
}

bool Log::retry() const {
  if (waiting_ == 0 && lost_ == 0) return true;
  if (monotonic_ms() < retry_at_ms_) return false;
  const std::string_view all(space_.data(), waiting_);
  size_t done = 0;
  while (done < all.size()) {
    const size_t line = all.find('\n', done) + 1 - done;
    const size_t written = write_line(all.substr(done, line));
    done += written;
    if (written < line) break;
  }
  waiting_ -= done;
  if (done != 0 && waiting_ != 0)
    memmove(space_.data(), space_.data() + done, waiting_);
  const bool moved = (waiting_ == 0 && lost_ != 0 && send_gap()) || done != 0;
  // Whatever makes no progress is left alone for longer and longer: on some
  // file systems a write to a full disk takes long.
  pause_ms_ =
      moved ? 0 : std::clamp(2 * pause_ms_, kFirstPauseMs, kLongestPauseMs);
  retry_at_ms_ = monotonic_ms() + pause_ms_;
  return waiting_ == 0 && lost_ == 0;
}

// False if the line about lost lines can be neither written nor kept.
bool Log::send_gap() const {
  const unsigned lost = std::exchange(lost_, 0);
  LogText gap;
  (gap << program_ << ": event=log lost=").number(lost);
  send_or_keep(Level::Warning, gap);
  if (lost_ == 0) return true;
  lost_ = lost;
  return false;
}

int64_t Log::retry_ms() const {
  if (waiting_ == 0 && lost_ == 0) return INT64_MAX;
  return std::max(retry_at_ms_, monotonic_ms() + kFirstPauseMs);
}

void Log::finish() const {
  const Deadline deadline = Deadline::in_seconds(1);
  while (!retry() && !deadline.passed()) poll(nullptr, 0, 10);
}

// How many octets of the line were written.  Not by syslog(3): if the socket is
// full, glibc's connects again and then blocks.
size_t Log::write_line(std::string_view line) const {
  if (!syslog_)
    return static_cast<size_t>(std::max<ssize_t>(write_now(line, kind_), 0));
  const auto sent = [&] {
    return ::send(socket_.get(), line.data(), line.size() - 1,
                  MSG_DONTWAIT | MSG_NOSIGNAL) >= 0;
  };
  if (sent()) return line.size();
  if (errno == EAGAIN) return 0;
  socket_ = connect_to_syslog();  // syslogd was started anew
  return sent() ? line.size() : 0;
}

void Log::warning(const Error& error) const {
  LogLine line(*this, "warning", Level::Warning);
  line.error(error);
  if (!user_.empty()) line.field("user", user_);
}

bool is_syslog_inherited() {
  const char* const value = getenv("POPUP_SYSLOG");
  return value != nullptr && std::string_view(value) == "1";
}

void append_log_value(LogText& text, std::string_view value) {
  const bool cut = value.size() > kLongestValue;
  const auto plain = [](char c) { return is_plain(c, "._@/:+-"); };
  if (!cut && !value.empty() && value.size() <= text.free_space() &&
      std::ranges::all_of(value, plain))
    text << value;
  else
    append_quoted(text, value.substr(0, kLongestValue), cut);
}

LogLine::LogLine(const Log& log, std::string_view event, Log::Level level)
    : log_(log), level_(level) {
  text_ << log.program() << ':';
  if (!log.session().empty()) field("sid", log.session());
  field("event", event);
}

LogLine::~LogLine() {
  log_.send(level_, text_);
}

bool LogLine::begin(std::string_view key) {
  constexpr size_t kTwoNumbers = 41;  // pair() appends two, and a slash
  full_ = full_ || text_.free_space() < key.size() + 2 + kTwoNumbers;
  if (!full_) text_ << ' ' << key << '=';
  return !full_;
}

LogLine& LogLine::field(std::string_view key, std::string_view value) {
  if (begin(key)) append_log_value(text_, value);
  return *this;
}

LogLine& LogLine::unknown(std::string_view key) {
  if (begin(key)) text_ << '?';
  return *this;
}

LogLine& LogLine::number(std::string_view key, uint64_t value) {
  if (begin(key)) text_.number(value);
  return *this;
}

LogLine& LogLine::pair(std::string_view key, uint64_t a, uint64_t b) {
  if (begin(key)) (text_.number(a) << '/').number(b);
  return *this;
}

LogLine& LogLine::error(const Error& error) {
  field("cause", cause_of(error).view());
  // musl has no text for some errors of file systems.
  if (error.code != 0) number("errno", static_cast<uint64_t>(error.code));
  if (error.file != nullptr) field("file", error.file);
  return *this;
}

FixedText<512> cause_of(const Error& error) {
  FixedText<512> cause;
  cause << "unable to " << error.doing;
  if (error.code != 0) cause << ": " << strerror(error.code);
  return cause;
}

LogLine& LogLine::tenths(std::string_view key, uint64_t tenths) {
  if (begin(key)) (text_.number(tenths / 10) << '.').number(tenths % 10);
  return *this;
}

}  // namespace lib
