// SPDX-License-Identifier: ISC
#pragma once

#include <cstdint>
#include <string_view>

#include "lib/io/unique_fd.h"
#include "lib/result.h"

// XTND XMIT: a message that the client sends is kept in a file without a name
// until all of it has arrived, and is then given to sendmail.  If the client
// leaves before that, nothing is submitted.
namespace pop3d {

constexpr uint64_t kMostSubmitted = uint64_t{64} * 1024 * 1024;  // bytes
constexpr unsigned kSubmissionSeconds = 120;

// The file that keeps the message while it arrives.
class Spool {
 public:
  // tmp is the Maildir's open tmp/.
  static lib::Result<Spool> create(int tmp, uint64_t limit = kMostSubmitted);

  // After the first failure the rest is discarded; finish() returns the error.
  void add(std::string_view text);
  // The first failure, after all text is added.  EFBIG: it was more than the
  // limit.
  [[nodiscard]] lib::Status finish() const;

  [[nodiscard]] int fd() const { return file_.get(); }
  [[nodiscard]] uint64_t size() const { return size_; }

 private:
  explicit Spool(uint64_t limit) : limit_(limit) {}

  lib::UniqueFd file_;
  uint64_t limit_;
  uint64_t size_ = 0;
  int failure_ = 0;
};

enum class Submission {
  Accepted,
  Refused,  // permanent: sendmail rejected the message
  Failed,   // temporary: EX_TEMPFAIL, a crash, a timeout, no helper
};

// The helper, a process that runs sendmail: the session itself may neither
// execute programs nor open files outside the Maildir.  The helper does not
// have the client's descriptors, runs as the user, and ends with the session.
class Submitter {
 public:
  // The program that takes messages: $SENDMAIL if that is an absolute path, or
  // else /usr/sbin/sendmail.
  static const char* find_sendmail();

  // Forks the helper; call it before the sandbox is entered.  The helper runs
  // "program -oi -t" for each message, which is its descriptor 0; 1 and 2 are
  // /dev/null.  It kills a run that takes longer than seconds.
  static lib::Result<Submitter> start(const char* program,
                                      unsigned seconds = kSubmissionSeconds);

  // Waits until sendmail has ended.  If a run cannot be killed, or the helper
  // hangs, every later message fails without being submitted: a late result
  // must not count for another message.
  [[nodiscard]] Submission submit(const Spool& message);

 private:
  explicit Submitter(unsigned seconds) : seconds_(seconds) {}

  lib::UniqueFd helper_;
  unsigned seconds_;
};

}  // namespace pop3d
