// SPDX-License-Identifier: ISC
#include "maildir-pop3d/mailbox/uidl_list.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <string_view>

#include "lib/io/io.h"
#include "tests/unit/temporary_directory.h"
#include "tests/unit/unit.h"

using pop3d::UidlFormat;
using pop3d::UidlList;

namespace {

constexpr const char* kName = "dovecot-uidlist";
constexpr std::string_view kList = "3 V1 N4\n1 :a\n2 :b\n";

// A Maildir with a list, which is written to in place.
class Scratch {
 public:
  Scratch()
      : scratch_({}),
        root_(open(scratch_.path().c_str(), O_DIRECTORY | O_CLOEXEC)) {
    write(kList, O_CREAT);
  }
  // With the same timestamp each time, so that only the content differs.
  void write(std::string_view text, int flags) const {
    const lib::UniqueFd file(
        openat(root_.get(), kName, O_WRONLY | O_CLOEXEC | flags, 0600));
    const timespec times[] = {{.tv_sec = 1, .tv_nsec = 0},
                              {.tv_sec = 1, .tv_nsec = 0}};
    if (!lib::write_all(file.get(), text) || futimens(file.get(), times) != 0)
      abort();
  }
  [[nodiscard]] UidlList list() const {
    UidlList list =
        UidlList::open(root_.get(), {.format = UidlFormat::Dovecot});
    if (list.failed()) abort();
    return list;
  }

 private:
  unit::TemporaryDirectory scratch_;
  lib::UniqueFd root_;
};

std::string id(UidlList& list, std::string_view unique) {
  const auto found = list.find(unique);
  return found ? std::string(found->view()) : "none";
}

}  // namespace

TEST(a_released_list_is_read_again) {
  const Scratch scratch;
  UidlList list = scratch.list();
  for (int i = 0; i < 3; ++i) {
    CHECK_EQUAL(id(list, "a"), "0000000100000001");
    CHECK(list.has_uidl("0000000200000001"));
    list.release_memory();
  }
  CHECK(!list.failed());
}

TEST(a_list_rewritten_in_place_gives_no_more_ids) {
  for (const std::string_view text :
       {"3 V9 N4\n1 :a\n2 :b\n", "3 V1 N4\n1 :b\n2 :a\n", "3 V1", ""}) {
    const Scratch scratch;
    UidlList list = scratch.list();
    CHECK_EQUAL(id(list, "a"), "0000000100000001");
    scratch.write(text, O_TRUNC);
    CHECK_EQUAL(id(list, "b"), "0000000200000001");
    list.release_memory();
    CHECK_EQUAL(id(list, "b"), "none");
    CHECK(list.failed());
    CHECK(!list.has_uidl("0000000200000001"));
  }
}

TEST(a_list_changed_before_its_reading_gives_no_ids) {
  const Scratch scratch;
  UidlList list = scratch.list();
  scratch.write("3 :c\n", O_APPEND);
  CHECK_EQUAL(id(list, "a"), "none");
  CHECK(list.failed());
}

TEST(additions_to_a_list_after_its_reading_are_not_seen) {
  const Scratch scratch;
  UidlList list = scratch.list();
  CHECK_EQUAL(id(list, "a"), "0000000100000001");
  scratch.write("3 :c\n", O_APPEND);
  list.release_memory();
  CHECK_EQUAL(id(list, "b"), "0000000200000001");
  CHECK_EQUAL(id(list, "c"), "none");
  CHECK(!list.failed());
}
