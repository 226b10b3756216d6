// SPDX-License-Identifier: ISC
#include "maildir-pop3d/mailbox/mailbox.h"

#include <string>
#include <utility>

#include "tests/unit/unit.h"

namespace {

// A mailbox of count messages, of 1, 2, ... octets.
pop3d::Mailbox mailbox_of(unsigned count) {
  pop3d::ScannedFiles scanned;
  for (unsigned i = 1; i <= count; ++i) {
    const std::string name = std::to_string(i) + ".m";
    scanned.add(pop3d::Folder::New, name, i);
    scanned.files().back().octets = i;
    scanned.files().back().measured = true;
  }
  scanned.drop_unmeasured();
  return pop3d::Mailbox(pop3d::Catalog(std::move(scanned)));
}

}  // namespace

TEST(totals_leave_out_marked_messages) {
  pop3d::Mailbox mailbox = mailbox_of(100);
  CHECK_EQUAL(mailbox.left_count(), 100U);
  CHECK_EQUAL(mailbox.left_octets(), 5050U);
  mailbox.mark_deleted(0);
  mailbox.mark_deleted(99);
  CHECK_EQUAL(mailbox.left_count(), 98U);
  CHECK_EQUAL(mailbox.left_octets(), 4949U);
  CHECK(mailbox.is_deleted(0) && mailbox.is_deleted(99));
  CHECK(!mailbox.is_deleted(1) && !mailbox.is_deleted(63));
  mailbox.reset();
  CHECK_EQUAL(mailbox.left_count(), 100U);
  CHECK_EQUAL(mailbox.left_octets(), 5050U);
  CHECK(!mailbox.is_deleted(0));
}

TEST(numbers_name_messages_and_never_change) {
  pop3d::Mailbox mailbox = mailbox_of(3);
  CHECK_EQUAL(mailbox.find("1").value_or(9), 0U);
  CHECK_EQUAL(mailbox.find("00003").value_or(9), 2U);
  for (const char* bad : {"0", "4", "-1", "+1", "1x", "", "1e20", "4294967297",
                          "18446744073709551617"})
    CHECK(!mailbox.find(bad));
  mailbox.mark_deleted(0);
  CHECK(!mailbox.find("1"));
  CHECK_EQUAL(mailbox.find("2").value_or(9), 1U);
}

TEST(last_is_the_highest_number_accessed) {
  pop3d::Mailbox mailbox = mailbox_of(5);
  CHECK_EQUAL(mailbox.last(), 0U);
  mailbox.touch(2);
  mailbox.touch(0);
  CHECK_EQUAL(mailbox.last(), 3U);
  mailbox.mark_deleted(4);
  CHECK_EQUAL(mailbox.last(), 5U);
  mailbox.reset();
  CHECK_EQUAL(mailbox.last(), 0U);
}

TEST(an_empty_mailbox_has_nothing) {
  pop3d::Mailbox mailbox = mailbox_of(0);
  CHECK(!mailbox.find("1"));
  CHECK(!mailbox.find("0"));
  mailbox.reset();
  CHECK_EQUAL(mailbox.left_count(), 0U);
}
