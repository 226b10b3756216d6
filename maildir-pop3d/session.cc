// SPDX-License-Identifier: ISC
#include "maildir-pop3d/session.h"

#include <algorithm>
#include <array>
#include <cerrno>

#include "lib/capabilities.h"
#include "lib/command.h"
#include "lib/text.h"
#include "maildir-pop3d/scan.h"
#include "maildir-pop3d/update.h"

namespace pop3d {
namespace {

constexpr std::string_view kLineEnd = "\r\n";
constexpr std::string_view kNoSuchMessage = "-ERR no such message\r\n";
constexpr std::string_view kNotNow =
    "-ERR [SYS/TEMP] unable to read the message\r\n";

// Of a message as it is read: its encoding fits the output buffer together
// with what a chunk before it left there.
constexpr size_t kChunk = 32UL * 1024;

constexpr size_t kMostWords = 3;

// The words of an argument; nullopt where there are more than wanted.
struct Words {
  std::array<std::string_view, kMostWords> word;
  size_t count = 0;
};
bool split_words(std::string_view argument, Words& words) {
  for (;;) {
    argument = argument.substr(
        std::min(argument.find_first_not_of(' '), argument.size()));
    if (argument.empty()) return true;
    if (words.count == kMostWords) return false;
    words.word[words.count++] = lib::next_field(argument, ' ');
  }
}

}  // namespace

struct Session::Command {
  std::string_view keyword;
  void (Session::*run)(Words);
  size_t fewest;  // arguments
  size_t most;
  std::string_view log_as;  // in place of a line that may hold a secret
};

constinit const Session::Command Session::kCommands[] = {
    {"RETR", &Session::retr, 1, 1, {}},
    {"DELE", &Session::dele, 1, 1, {}},
    {"LIST", &Session::list, 0, 1, {}},
    {"UIDL", &Session::uidl, 0, 1, {}},
    {"STAT", &Session::stat, 0, 0, {}},
    {"TOP", &Session::top, 2, 2, {}},
    {"QUIT", &Session::quit, 0, 0, {}},
    {"NOOP", &Session::noop, 0, 0, {}},
    {"RSET", &Session::rset, 0, 0, {}},
    {"CAPA", &Session::capa, 0, 0, {}},
    {"LAST", &Session::last, 0, 0, {}},
    {"XTND", &Session::xtnd, 1, 3, {}},
    {"USER", &Session::logged_in_already, 0, SIZE_MAX, {}},
    {"PASS", &Session::logged_in_already, 0, SIZE_MAX, "PASS <hidden>"},
    {"APOP", &Session::logged_in_already, 0, SIZE_MAX, "APOP <hidden>"},
    {"AUTH", &Session::logged_in_already, 0, SIZE_MAX, "AUTH <hidden>"},
};

const Session::Command* Session::find_command(std::string_view keyword) {
  const auto* const found =
      std::ranges::find_if(kCommands, [&](const Command& command) {
        return lib::equal_caseless(command.keyword, keyword);
      });
  return found == std::end(kCommands) ? nullptr : found;
}

Session::Session(Connection& client, Maildir& maildir, Mailbox& mailbox,
                 Indexes& indexes, const SessionRules& rules,
                 const lib::Log& log, const lib::Trace& trace)
    : client_(client),
      maildir_(maildir),
      mailbox_(mailbox),
      indexes_(indexes),
      rules_(rules),
      log_(log),
      trace_(trace) {}

Statistics Session::run() {
  greet();
  std::string_view line;
  while (!over_) {
    const ReadStatus status = client_.read_line(line);
    if (!serve(status, line)) break;
  }
  (void)client_.flush();
  const bool quit = statistics_.reason == "quit";
  if (!quit && rules_.commit_on_error) (void)finish_update();
  maildir_.unlock();
  summarise();
  return statistics_;
}

void Session::greet() {
  client_ << "+OK ";
  client_.number(mailbox_.left_count()) << " messages (";
  client_.number(mailbox_.left_octets()) << " octets)\r\n";
}

// False where the session ends without QUIT.
bool Session::serve(ReadStatus status, std::string_view line) {
  switch (status) {
    case ReadStatus::Line: execute(line); return true;
    case ReadStatus::TooLong:
    case ReadStatus::HasNul: return refuse(status, line);
    case ReadStatus::Quiet:
      client_.release_memory();
      maildir_.buffer().release();
      mailbox_.catalog().rest();
      return true;
    case ReadStatus::End: statistics_.reason = "eof"; return false;
    case ReadStatus::Timeout: statistics_.reason = "timeout"; return false;
    case ReadStatus::Failed: break;
  }
  statistics_.reason = "error";
  return false;
}

// Of a line that is too long only the end is left.
bool Session::refuse(ReadStatus status, std::string_view line) {
  const bool nul = status == ReadStatus::HasNul;
  lib::FixedText<40> shown;
  if (nul)
    (shown << "(NUL, ").number(line.size() + 1) << " octets)";
  else
    shown << "(too long)";
  if (trace_.wanted()) trace_.client_line(shown.view());
  client_ << (nul ? "-ERR NUL in the line" : "-ERR line too long") << kLineEnd;
  return true;
}

void Session::execute(std::string_view line) {
  if (trace_.wanted()) trace_line(line);
  line_had_cr_ = line.ends_with('\r');
  const lib::Command said = lib::split_command(line);
  const Command* const command = find_command(said.keyword);
  const Connection::Mark before = client_.mark();
  pop3d::Words words;
  const bool few = split_words(said.argument, words);
  if (command == nullptr)
    client_ << "-ERR unknown command\r\n";
  else if (words.count < command->fewest)
    client_ << "-ERR " << command->keyword << " wants an argument\r\n";
  else if (words.count > command->most || (!few && command->most <= kMostWords))
    client_ << "-ERR surplus argument\r\n";
  else
    (this->*command->run)({words.word.data(), words.count});
  if (mailbox_.catalog().damaged()) abandon(before);
}

// Secrets do not belong here, yet a confused client may send one, with a slip
// of its own (PAS), behind another command, or as a line of AUTH's exchange:
// nothing is shown but what a known command can want.
void Session::trace_line(std::string_view line) const {
  const Command* const command = find_command(lib::split_command(line).keyword);
  if (command == nullptr) {
    lib::FixedText<40> unknown;
    unknown << "(unknown, ";
    unknown.number(line.size() + 1) << " octets)";
    return trace_.client_line(unknown.view());
  }
  if (!command->log_as.empty()) return trace_.client_line(command->log_as);
  if (command->most == 0) return trace_.client_line(command->keyword);
  if (line.ends_with('\r')) line.remove_suffix(1);
  trace_.client_line(line);
}

void Session::capa(Words) {
  client_ << lib::capability_reply(rules_.capabilities, rules_.login_delay,
                                   false)
                 .view();
}

void Session::dele(Words words) {
  size_t n = 0;
  if (!find(words[0], n)) return;
  mailbox_.mark_deleted(n);
  client_ << "+OK deleted\r\n";
}

void Session::last(Words) {
  client_ << "+OK ";
  client_.number(mailbox_.last()) << kLineEnd;
}

void Session::list(Words words) {
  const Catalog& catalog = mailbox_.catalog();
  if (!words.empty()) {
    size_t n = 0;
    if (!find(words[0], n)) return;
    const uint64_t octets = catalog.message(n).octets;
    client_ << "+OK ";
    client_.number(n + 1) << " ";
    client_.number(octets) << kLineEnd;
    return;
  }
  greet();
  for (size_t n = 0; n < mailbox_.size() && can_go_on(); ++n) {
    if (mailbox_.is_deleted(n)) continue;
    client_.number(n + 1) << " ";
    client_.number(catalog.message(n).octets) << kLineEnd;
  }
  end_listing();
}

void Session::noop(Words) {
  client_ << "+OK\r\n";
}

void Session::quit(Words) {
  statistics_.reason = "quit";
  over_ = true;
  const bool removed = finish_update();
  // Whoever has the reply may log in again at once.
  maildir_.unlock();
  if (removed)
    client_ << "+OK bye\r\n";
  else
    client_ << "-ERR [SYS/TEMP] some messages were not removed\r\n";
}

void Session::retr(Words words) {
  size_t n = 0;
  OpenMessage message;
  if (!find(words[0], n) || !open(n, message)) return;
  std::string_view first;
  if (message.size != 0 && message.size <= kChunk) {
    const auto chunk = read_chunk(message, 0, chunk_buffer());
    if (!chunk.ok()) return void(client_ << kNotNow);
    first = chunk.value();
  }
  const auto octets = octets_of(n, message, first);
  if (!octets.ok()) return void(client_ << kNotNow);
  mailbox_.touch(n);
  client_ << "+OK ";
  client_.number(octets.value()) << " octets\r\n";
  const uint64_t sent = send_message(message, first, nullptr);
  statistics_.retr.add(sent);
  if (sent != octets.value() && !over_ && !client_.broken())
    log_.warning({"keep to the octets that a file name told", 0});
}

void Session::rset(Words) {
  mailbox_.reset();
  greet();
}

void Session::stat(Words) {
  client_ << "+OK ";
  client_.number(mailbox_.left_count()) << " ";
  client_.number(mailbox_.left_octets()) << kLineEnd;
}

void Session::top(Words words) {
  size_t n = 0;
  OpenMessage message;
  if (!find(words[0], n)) return;
  const auto lines = lib::parse_number(words[1]);
  if (!lines) return void(client_ << "-ERR bad number of lines\r\n");
  if (!open(n, message)) return;
  client_ << "+OK top of message follows\r\n";
  TopLimit limit(*lines);
  statistics_.top.add(send_message(message, {}, &limit));
}

void Session::uidl(Words words) {
  if (!words.empty()) {
    size_t n = 0;
    if (!find(words[0], n)) return;
    client_ << "+OK ";
    return send_uidl(n);
  }
  client_ << "+OK unique-id listing follows\r\n";
  for (size_t n = 0; n < mailbox_.size() && can_go_on(); ++n)
    if (!mailbox_.is_deleted(n)) send_uidl(n);
  end_listing();
}

void Session::logged_in_already(Words) {
  client_ << "-ERR already logged in\r\n";
}

// False with the reply said.
bool Session::find(std::string_view number, size_t& n) {
  const auto found = mailbox_.find(number);
  if (!found) client_ << kNoSuchMessage;
  n = found.value_or(0);
  return found.has_value();
}

// ENOENT: the file is gone, and not to be found under another name either.
lib::Status Session::locate(size_t n, OpenMessage& message) {
  Catalog& catalog = mailbox_.catalog();
  for (int tries = 0; tries < 3; ++tries) {
    const Message wanted = catalog.message(n);
    if (catalog.damaged()) return catalog.damage();
    auto opened = maildir_.open_file(wanted.folder, wanted.name.data());
    if (opened.ok()) {
      message = std::move(opened.value());
      const bool mistaken =
          catalog.is_ambiguous(n) && message.fingerprint != wanted.fingerprint;
      if (!mistaken) return {};
    } else if (opened.error().code != ENOENT) {
      return opened.error();
    }
    const auto followed = renames_.follow(maildir_, catalog);
    if (!followed.ok()) return followed.error();
    if (!followed.value()) break;
  }
  return lib::Error{"find a message", ENOENT};
}

// False with the reply said.
bool Session::open(size_t n, OpenMessage& message) {
  const lib::Status found = locate(n, message);
  if (found.ok()) return true;
  if (mailbox_.catalog().damaged()) return false;  // abandon() replies
  if (found.error().code == ENOENT) {
    client_ << "-ERR the message is gone\r\n";
  } else {
    log_.warning(found.error());
    client_ << kNotNow;
  }
  return false;
}

// What RETR is about to send.  Counted where that costs nothing (first is
// the whole message), or where the file has changed since the scan.
lib::Result<uint64_t> Session::octets_of(size_t n, const OpenMessage& message,
                                         std::string_view first) {
  const Message known = mailbox_.catalog().message(n);
  if (message.fingerprint != known.fingerprint)
    indexes_.distrust();
  else if (message.size > kChunk)
    return known.octets;
  if (first.size() != message.size)
    return count_octets(message, chunk_buffer());
  OctetCounter counter;
  counter.add(first);
  return counter.total();
}

std::span<char> Session::chunk_buffer() {
  return maildir_.buffer().span().first(kChunk);
}

// The message, or with a limit its top, and the final dot; first is what of
// it has been read already.  Returns the octets sent.  Where the file ends
// too early so does the session: the client must not take the rest for whole.
uint64_t Session::send_message(const OpenMessage& message,
                               std::string_view first, TopLimit* limit) {
  Encoder encoder;
  std::string_view chunk = first;
  for (uint64_t at = 0; at < message.size; chunk = {}) {
    if (chunk.empty()) {
      const auto read = read_chunk(message, at, chunk_buffer());
      if (!read.ok()) {
        fail(read.error());
        return encoder.octets();
      }
      chunk = read.value();
    }
    at += chunk.size();
    if (limit != nullptr) chunk = chunk.substr(0, limit->take(chunk));
    char* const into = client_.room(Encoder::room_for(chunk.size()));
    client_.advance(encoder.encode(chunk, into));
    if (client_.broken()) return encoder.octets();
    if (limit != nullptr && limit->done()) break;
  }
  client_.advance(encoder.finish(client_.room(Encoder::kLongestEnd)));
  return encoder.octets();
}

void Session::send_uidl(size_t n) {
  client_.number(n + 1) << " " << mailbox_.catalog().uidl(n).view() << kLineEnd;
}

void Session::fail(const lib::Error& error) {
  log_.warning(error);
  statistics_.reason = "error";
  over_ = true;
}

bool Session::can_go_on() const {
  return !client_.broken() && !mailbox_.catalog().damaged();
}

// No dot where something is missing in front of it.
void Session::end_listing() {
  if (can_go_on()) client_ << ".\r\n";
}

// The index proved to be damaged, or the list of unique ids is not what it
// was: what number or id stands for what message cannot be said any more.  A
// reply that had begun is taken back, or ends unfinished where part of it has
// left.
void Session::abandon(const Connection::Mark& before) {
  const Catalog& catalog = mailbox_.catalog();
  if (catalog.index_damaged()) indexes_.remove(maildir_);
  if (client_.take_back(before))
    client_ << (catalog.index_damaged()
                    ? "-ERR [SYS/TEMP] the mailbox was damaged, log in again"
                    : "-ERR [SYS/TEMP] unable to tell unique ids now")
            << kLineEnd;
  fail(catalog.damage());
}

// False where a message was not removed that should have been.
bool Session::finish_update() {
  const UpdateResult result =
      update(maildir_, mailbox_, renames_, !rules_.keep_new);
  for (const lib::Status& status : {result.removed, result.moved, result.quota})
    if (!status.ok()) log_.warning(status.error());
  const uint64_t marked =
      mailbox_.catalog().total_octets() - mailbox_.left_octets();
  statistics_.deleted = {mailbox_.deleted_count() - result.failed,
                         marked - result.failed_octets};
  return result.failed == 0;
}

void Session::summarise() {
  const uint64_t total = mailbox_.catalog().total_octets();
  statistics_.left = {mailbox_.size() - statistics_.deleted.count,
                      total - statistics_.deleted.octets};
}

}  // namespace pop3d
