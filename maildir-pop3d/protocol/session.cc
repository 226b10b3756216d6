// SPDX-License-Identifier: ISC
#include "maildir-pop3d/protocol/session.h"

#include <algorithm>
#include <array>
#include <utility>

#include "lib/text/capabilities.h"
#include "lib/text/command.h"
#include "lib/text/text.h"
#include "maildir-pop3d/mailbox/update.h"
#include "maildir-pop3d/protocol/xtnd.h"
#include "maildir-pop3d/wire/listing.h"

namespace pop3d {
namespace {

constexpr std::string_view kLineEnd = "\r\n";

constexpr size_t kMostWords = 3;  // that a command uses

// Returns how many words the argument has, and keeps the first kMostWords.
size_t split_words(std::string_view argument,
                   std::array<std::string_view, kMostWords>& words) {
  size_t count = 0;
  for (;; ++count) {
    const std::string_view word = lib::next_word(argument);
    if (word.empty()) return count;
    if (count < kMostWords) words[count] = word;
  }
}

}  // namespace

struct Session::Command {
  std::string_view keyword;
  void (Session::*run)(Words);
  size_t fewest;  // arguments
  size_t most;
  std::string_view log_as;  // if not empty: the line may hold a secret
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
      trace_(trace),
      messages_(client, maildir, mailbox, indexes, log),
      retrieval_(client, mailbox, indexes, messages_, log) {}

Statistics Session::run() {
  greet();
  std::string_view line;
  while (!over_) {
    const ReadStatus status = client_.read_line(line);
    serve(status, line);
  }
  (void)client_.flush();
  // SIGTERM comes from the machine, not from the client: even with
  // commit_on_error nothing is removed then.
  const bool settled =
      statistics_.reason == "quit" || statistics_.reason == "terminated";
  if (!settled && rules_.commit_on_error) (void)finish_update();
  maildir_.unlock();
  retrieval_.summarise(statistics_);
  const uint64_t total = mailbox_.catalog().total_octets();
  statistics_.left = {mailbox_.size() - statistics_.deleted.count,
                      total - statistics_.deleted.octets};
  return statistics_;
}

void Session::greet() {
  client_ << "+OK ";
  client_.number(mailbox_.left_count()) << " messages (";
  client_.number(mailbox_.left_octets()) << " octets)\r\n";
}

void Session::serve(ReadStatus status, std::string_view line) {
  switch (status) {
    case ReadStatus::Line: return execute(line);
    case ReadStatus::TooLong:
    case ReadStatus::HasNul: return refuse(status, line);
    case ReadStatus::Quiet:
      client_.release_memory();
      maildir_.buffer().release();
      mailbox_.release_memory();
      return;
    case ReadStatus::End: return end("eof");
    case ReadStatus::Timeout: return end("timeout");
    case ReadStatus::Terminated: return end("terminated");
    case ReadStatus::Failed: return end("error");
  }
}

// If a line is too long, `line` holds only its end.
void Session::refuse(ReadStatus status, std::string_view line) {
  const bool nul = status == ReadStatus::HasNul;
  lib::FixedText<40> shown;
  if (nul)
    (shown << "(NUL, ").number(line.size() + 1) << " octets)";
  else
    shown << "(too long)";
  if (trace_.wanted()) trace_.client_line(shown.view());
  client_ << (nul ? "-ERR NUL in the line" : "-ERR line too long") << kLineEnd;
}

void Session::execute(std::string_view line) {
  if (trace_.wanted()) trace_line(line);
  line_end_ = line.ends_with('\r') ? LineEnd::Crlf : LineEnd::CrlfOrLf;
  const lib::Command said = lib::split_command(line);
  const Command* const command = find_command(said.keyword);
  const uint64_t before = client_.written();
  std::array<std::string_view, kMostWords> words;
  const size_t count = split_words(said.argument, words);
  if (command == nullptr)
    client_ << "-ERR unknown command\r\n";
  else if (count < command->fewest)
    client_ << "-ERR " << command->keyword << " wants an argument\r\n";
  else if (count > command->most)
    client_ << "-ERR surplus argument\r\n";
  else
    (this->*command->run)({words.data(), std::min(count, kMostWords)});
  if (mailbox_.damaged()) abandon(before);
}

// A confused client may send a secret even after its login: after a misspelt
// command (PAS), after another command, or as a line of AUTH's exchange.  Shows
// only the arguments of a known command that takes some.
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
  const auto n = messages_.find(words[0]);
  if (!n) return;
  mailbox_.mark_deleted(*n);
  client_ << "+OK deleted\r\n";
}

void Session::last(Words) {
  client_ << "+OK ";
  client_.number(mailbox_.last()) << kLineEnd;
}

void Session::list(Words words) {
  if (words.empty()) greet();
  send_listing(words, [this](size_t n) { send_octets(n); });
}

void Session::noop(Words) {
  client_ << "+OK\r\n";
}

void Session::quit(Words) {
  end("quit");
  const bool removed = finish_update();
  // A client that has the reply may log in again at once.
  maildir_.unlock();
  if (removed)
    client_ << "+OK bye\r\n";
  else
    client_ << "-ERR [SYS/TEMP] some messages were not removed\r\n";
}

void Session::retr(Words words) {
  retrieval_.retr(words[0]);
  if (retrieval_.has_failed()) end("error");
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
  retrieval_.top(words[0], words[1]);
  if (retrieval_.has_failed()) end("error");
}

void Session::uidl(Words words) {
  if (words.empty()) client_ << "+OK unique-id listing follows\r\n";
  send_listing(words, [this](size_t n) { send_uidl(n); });
}

void Session::xtnd(Words words) {
  const Extension extension = parse_extension(words);
  ReadStatus status = ReadStatus::Line;
  switch (extension.kind) {
    case Extension::Kind::List:
      status = list_field(extension, client_, mailbox_, messages_);
      break;
    case Extension::Kind::Submit:
      status = submit_message(line_end_, rules_.submitter, maildir_.tmp(),
                              client_, log_);
      break;
    case Extension::Kind::Unknown: client_ << "-ERR unknown extension\r\n";
  }
  if (status != ReadStatus::Line) serve(status, {});
}

void Session::logged_in_already(Words) {
  client_ << "-ERR already logged in\r\n";
}

// Sends the line of one message, or those of all that are not deleted.  Sends
// no final dot if part of the listing is missing.
template <typename SendLine>
void Session::send_listing(Words words, SendLine send_line) {
  if (!words.empty()) {
    const auto n = messages_.find(words[0]);
    if (!n) return;
    client_ << "+OK ";
    return send_line(*n);
  }
  const auto can_go_on = [&] {
    return !client_.broken() && !mailbox_.damaged();
  };
  for (size_t n = 0; n < mailbox_.size() && can_go_on(); ++n)
    if (!mailbox_.is_deleted(n)) send_line(n);
  if (can_go_on()) client_ << ".\r\n";
}

void Session::send_octets(size_t n) {
  const uint64_t octets = mailbox_.catalog().octets(n);
  if (mailbox_.catalog().damaged()) return;
  char* const into = client_.room(kListingRoom);
  client_.advance(write_list_line(n + 1, octets, into));
}

void Session::send_uidl(size_t n) {
  Uidl made;
  const std::string_view id = mailbox_.uidl(n, made);
  if (mailbox_.damaged()) return;
  char* const into = client_.room(kListingRoom + id.size());
  client_.advance(write_uidl_line(n + 1, id, into));
}

// The index proved to be damaged, or the list of unique ids has changed:
// message numbers and ids are no longer reliable.  Takes the reply back if
// nothing of it was sent, or else leaves it unfinished, and ends the session.
void Session::abandon(uint64_t before) {
  const Catalog& catalog = mailbox_.catalog();
  if (catalog.damaged()) indexes_.remove(maildir_);
  if (client_.take_back(before))
    client_ << (catalog.damaged()
                    ? "-ERR [SYS/TEMP] the mailbox was damaged, log in again"
                    : "-ERR [SYS/TEMP] unable to tell unique ids now")
            << kLineEnd;
  if (catalog.damaged())
    log_.warning(catalog.damage());
  else
    log_failed_list(log_, *mailbox_.list(), rules_.who);
  end("error");
}

void Session::end(std::string_view reason) {
  over_ = true;
  statistics_.reason = reason;
}

// False if a message could not be removed.
bool Session::finish_update() {
  // Afterwards it could no longer be known which of them was the oldest.
  if (rules_.log_ids) mailbox_.separate_base_ids();
  UpdateResult result = update(maildir_, mailbox_, messages_.renames(),
                               !rules_.keep_new, rules_.log_ids);
  for (const FirstFailure& failure : {result.removed, result.moved})
    if (!failure.status.ok())
      messages_.warn(failure.message, failure.status.error());
  if (!result.quota.ok())
    log_.warning(result.quota.error().about("maildirsize"));
  if (result.has_no_quota && log_.verbosity() == lib::Verbosity::Verbose)
    log_.warning(
        lib::Error{"find a quota in the first line", 0}.about("maildirsize"));
  const uint64_t marked =
      mailbox_.catalog().total_octets() - mailbox_.left_octets();
  statistics_.deleted = {mailbox_.deleted_count() - result.failed,
                         marked - result.failed_octets};
  statistics_.unlinked = std::move(result.unlinked);
  return result.failed == 0;
}

}  // namespace pop3d
