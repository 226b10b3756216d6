// SPDX-License-Identifier: ISC
// Any input of a client: the session answers whole lines and ends, and without
// QUIT no message changes.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "lib/io/log.h"
#include "lib/io/trace.h"
#include "lib/io/unique_fd.h"
#include "maildir-pop3d/index/indexes.h"
#include "maildir-pop3d/maildir/maildir.h"
#include "maildir-pop3d/maildir/scan.h"
#include "maildir-pop3d/protocol/connection.h"
#include "maildir-pop3d/protocol/session.h"

namespace {

void require(bool condition) {
  if (!condition) abort();
}

void write_file(const std::string& path, std::string_view text) {
  const lib::UniqueFd file(
      open(path.c_str(), O_CREAT | O_RDWR | O_TRUNC, 0600));
  require(file.valid());
  require(write(file.get(), text.data(), text.size()) ==
          static_cast<ssize_t>(text.size()));
}

// A Maildir that is removed at the end of the process.
struct Scratch {
  std::string base = "/tmp/fuzz_session.XXXXXX";

  Scratch() {
    require(mkdtemp(base.data()) != nullptr);
    for (const char* name : {"/new", "/cur", "/tmp"})
      require(mkdir((base + name).c_str(), 0700) == 0);
  }
  ~Scratch() {
    for (const char* name : {"/new/1.a", "/cur/1.a:2,", "/cur/2.b:2,S"})
      (void)unlink((base + name).c_str());
    for (const char* name : {"/new", "/cur", "/tmp", ""})
      (void)rmdir((base + name).c_str());
  }
};

// Makes two messages for each run, because a run with QUIT may delete them.
std::string make_maildir() {
  static const Scratch scratch;
  (void)unlink((scratch.base + "/cur/1.a:2,").c_str());
  write_file(scratch.base + "/new/1.a", "Subject: one\n\n.body\n");
  write_file(scratch.base + "/cur/2.b:2,S", "Subject: two\r\n\r\nbody");
  return scratch.base;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string base = make_maildir();
  const lib::UniqueFd in(memfd_create("in", MFD_CLOEXEC));
  const lib::UniqueFd out(memfd_create("out", MFD_CLOEXEC));
  require(write(in.get(), data, size) == static_cast<ssize_t>(size));
  require(lseek(in.get(), 0, SEEK_SET) == 0);

  lib::Log log("fuzz");
  log.set_verbosity(lib::Verbosity::Quiet);
  const lib::Trace trace(log, false, {});
  auto maildir = pop3d::Maildir::open(base.c_str());
  require(maildir.ok());
  pop3d::Indexes indexes;
  auto found = indexes.open_mailbox(maildir.value());
  require(found.ok() && found.value().catalog.count() == 2);
  pop3d::Mailbox mailbox(std::move(found.value().catalog));
  pop3d::Connection client(in.get(), out.get(), 5, lib::Deadline::never());
  const pop3d::SessionRules rules{.capabilities = "USER"};
  pop3d::Session session(client, maildir.value(), mailbox, indexes, rules, log,
                         trace);
  const pop3d::Statistics statistics = session.run();

  require(statistics.reason == "eof" || statistics.reason == "quit");
  if (statistics.reason == "eof") {
    require(access((base + "/new/1.a").c_str(), F_OK) == 0);
    require(access((base + "/cur/2.b:2,S").c_str(), F_OK) == 0);
  }
  char end[2];
  const off_t length = lseek(out.get(), 0, SEEK_END);
  require(length >= 5 && pread(out.get(), end, 2, length - 2) == 2);
  require(end[0] == '\r' && end[1] == '\n');
  return 0;
}
