// SPDX-License-Identifier: ISC
#pragma once

#include <cstdint>
#include <string_view>

#include "lib/io/unique_fd.h"
#include "lib/result.h"

// XTND XMIT: a message that the client sends is kept in a file without a
// name until all of it is there, and then goes to sendmail.  A client that
// leaves before submits nothing.
namespace pop3d {

constexpr uint64_t kMostSubmitted = uint64_t{64} * 1024 * 1024;  // bytes
constexpr unsigned kSubmissionSeconds = 120;

// The message while it arrives.
class Spool {
 public:
  // tmp is the Maildir's open tmp/.
  static lib::Result<Spool> create(int tmp, uint64_t limit = kMostSubmitted);

  // After the first failure the rest is dropped; finish() tells.
  void add(std::string_view text);
  // To be called once all is added: EFBIG where it was more than the limit,
  // or what the file system said.
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
  Refused,  // sendmail wants this message never
  Failed,   // perhaps later: EX_TEMPFAIL, a crash, too long a time, no helper
};

// The process that runs sendmail, because the session itself may neither
// execute programs nor see files outside the Maildir.  It has no descriptor
// of the client's, runs as the user, and ends with the session.
class Submitter {
 public:
  // The helper's program: $SENDMAIL where that is an absolute path, or
  // /usr/sbin/sendmail.
  static const char* find_sendmail();

  // Forks the helper: to be called before the sandbox is entered.  Each
  // message is given to "program -oi -t" on its descriptor 0; 1 and 2 are
  // /dev/null.  A run that takes longer than seconds is killed.
  static lib::Result<Submitter> start(const char* program,
                                      unsigned seconds = kSubmissionSeconds);

  // Waits for sendmail to end.  After a run that could not be ended, or a
  // helper that hangs, every later message is Failed and given to nobody: a
  // late result must not count for another message.
  [[nodiscard]] Submission submit(const Spool& message);

 private:
  explicit Submitter(unsigned seconds) : seconds_(seconds) {}
  bool exchange(const Spool& message, char& result);

  lib::UniqueFd helper_;
  unsigned seconds_;
};

}  // namespace pop3d
