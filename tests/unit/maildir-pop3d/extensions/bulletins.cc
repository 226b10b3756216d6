// SPDX-License-Identifier: ISC
#include "maildir-pop3d/extensions/bulletins.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <iterator>
#include <string>
#include <vector>

#include "lib/io/unique_fd.h"
#include "tests/unit/temporary_directory.h"
#include "tests/unit/unit.h"

namespace {

namespace fs = std::filesystem;

// A home with a Maildir and a bulletin directory beside it.
class Place {
 public:
  Place() {
    home_.reset(open((root_ / "home").c_str(), O_RDONLY | O_DIRECTORY));
    maildir_.reset(open(maildir().c_str(), O_RDONLY | O_DIRECTORY));
  }
  // A user who has had the bulletins up to this number, and the published ones.
  Place(const char* number, std::initializer_list<const char*> bulletins)
      : Place() {
    remember(number);
    for (const char* name : bulletins) publish(name);
  }

  [[nodiscard]] fs::path maildir() const { return root_ / "home/Maildir"; }
  [[nodiscard]] fs::path popbull() const { return root_ / "home/.popbull"; }
  [[nodiscard]] int home() const { return home_.get(); }
  [[nodiscard]] fs::path bulletins() const { return root_ / "bulletins"; }

  void publish(const char* name) const {
    std::ofstream(bulletins() / name)
        << "From root\nTo: all\nSubject: " << name << "\n\nbody\n";
  }
  void remember(const char* number) const {
    std::ofstream(popbull()) << number << '\n';
  }
  // The number of bulletins that a session delivers, or -1 for an error.
  [[nodiscard]] int session() const {
    const auto result = pop3d::deliver_bulletins(home_.get(), maildir_.get(),
                                                 bulletins().c_str(), "joe",
                                                 "mx.test", lib::Log("unit"));
    return result.ok() ? static_cast<int>(result.value()) : -1;
  }
  [[nodiscard]] std::string remembered() const { return content(popbull()); }
  [[nodiscard]] static std::string content(const fs::path& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  [[nodiscard]] size_t count(const char* folder) const {
    return messages(folder).size();
  }
  // Sorted.
  [[nodiscard]] std::vector<fs::path> messages(const char* folder) const {
    std::vector<fs::path> found;
    for (const auto& entry : fs::directory_iterator(maildir() / folder))
      found.push_back(entry.path());
    std::ranges::sort(found);
    return found;
  }

 private:
  unit::TemporaryDirectory root_{{"home/Maildir/new", "home/Maildir/cur",
                                  "home/Maildir/tmp", "bulletins"}};
  lib::UniqueFd home_;
  lib::UniqueFd maildir_;
};

}  // namespace

TEST(a_new_user_starts_at_the_current_maximum) {
  const Place place;
  place.publish("22.old");
  place.publish("7.older");
  place.publish("README");
  fs::create_directory(place.bulletins() / "99.directory");
  CHECK_EQUAL(place.session(), 0);
  CHECK_EQUAL(place.remembered(), "22\n");
  CHECK(place.messages("new").empty());
}

TEST(a_new_user_without_any_bulletins_starts_at_zero) {
  const Place place;
  CHECK_EQUAL(place.session(), 0);
  CHECK_EQUAL(place.remembered(), "0\n");
  place.publish("1.first");
  CHECK_EQUAL(place.session(), 1);
}

TEST(newer_bulletins_come_once_in_the_order_of_their_numbers) {
  const Place place("9", {"9.had", "100.last", "23.pophost_down_sunday"});
  CHECK_EQUAL(place.session(), 2);
  CHECK_EQUAL(place.remembered(), "100\n");
  const auto messages = place.messages("new");
  CHECK_EQUAL(messages.size(), 2U);
  CHECK_EQUAL(Place::content(messages[0]),
              "To: joe@mx.test\nSubject: 23.pophost_down_sunday\n\nbody\n");
  CHECK_EQUAL(Place::content(messages[1]),
              "To: joe@mx.test\nSubject: 100.last\n\nbody\n");
  CHECK_EQUAL(place.session(), 0);
  CHECK_EQUAL(place.count("new"), 2U);
  CHECK(place.messages("tmp").empty());
}

TEST(a_crash_before_popbull_is_written_doubles_nothing) {
  const Place place("9", {"10.a", "11.b"});
  CHECK_EQUAL(place.session(), 2);
  // As if the session had crashed before it wrote .popbull, and another reader
  // had moved one of the messages.
  place.remember("9");
  const auto moved = place.messages("new")[0];
  fs::rename(moved,
             place.maildir() / "cur" / (moved.filename().string() + ":2,S"));
  CHECK_EQUAL(place.session(), 0);
  CHECK_EQUAL(place.count("new"), 1U);
  CHECK_EQUAL(place.count("cur"), 1U);
  CHECK_EQUAL(place.remembered(), "11\n");
}

TEST(bulletins_that_share_a_number_are_all_delivered) {
  const Place place("4", {"5.a", "5.b"});
  CHECK_EQUAL(place.session(), 2);
  CHECK_EQUAL(place.count("new"), 2U);
  CHECK_EQUAL(place.session(), 0);
}

TEST(an_undeliverable_bulletin_and_those_after_it_wait) {
  const Place place("4", {"5.a", "6.b"});
  fs::remove(place.maildir() / "tmp");
  CHECK_EQUAL(place.session(), -1);
  CHECK_EQUAL(place.remembered(), "4\n");
  fs::create_directory(place.maildir() / "tmp");
  CHECK_EQUAL(place.session(), 2);
  CHECK_EQUAL(place.remembered(), "6\n");
}

TEST(popbull_is_written_in_place_without_other_files) {
  const Place place("4", {"99.a"});
  struct stat before {};
  struct stat after {};
  CHECK_EQUAL(stat(place.popbull().c_str(), &before), 0);
  CHECK_EQUAL(place.session(), 1);
  CHECK_EQUAL(stat(place.popbull().c_str(), &after), 0);
  CHECK_EQUAL(before.st_ino, after.st_ino);
  CHECK_EQUAL(place.remembered(), "99\n");
  const fs::directory_iterator home(place.popbull().parent_path());
  CHECK_EQUAL(std::distance(home, {}), 2);  // and the Maildir
}

TEST(a_popbull_with_a_second_link_is_left_alone) {
  const Place place;
  place.publish("5.a");
  std::ofstream(place.maildir() / "mail") << "mail\n";
  fs::create_hard_link(place.maildir() / "mail", place.popbull());
  CHECK_EQUAL(place.session(), -1);
  CHECK_EQUAL(place.remembered(), "mail\n");
}

TEST(no_link_is_followed) {
  const Place place;
  place.publish("5.a");
  std::ofstream(place.maildir() / "secret") << "4\n";
  fs::create_symlink(place.maildir() / "secret", place.popbull());
  CHECK_EQUAL(place.session(), -1);
  CHECK(place.messages("new").empty());

  const Place other("4", {});
  fs::create_symlink(other.maildir() / "secret", other.bulletins() / "9.link");
  CHECK_EQUAL(other.session(), 0);
  CHECK_EQUAL(other.remembered(), "4\n");
}

TEST(popbull_without_a_number_starts_again) {
  const Place place;
  place.publish("5.a");
  std::ofstream(place.popbull()) << "garbage" << std::string(1000, 'x');
  CHECK_EQUAL(place.session(), 0);
  CHECK_EQUAL(place.remembered(), "5\n");
}

TEST(nothing_is_done_during_another_sessions_delivery) {
  const Place place("4", {"5.a"});
  {
    const lib::UniqueFd other(open(place.popbull().c_str(), O_RDONLY));
    CHECK_EQUAL(flock(other.get(), LOCK_EX), 0);
    CHECK_EQUAL(place.session(), 0);
    CHECK_EQUAL(place.remembered(), "4\n");
  }
  CHECK_EQUAL(place.session(), 1);
}

TEST(a_delivered_bulletin_is_added_to_maildirsize) {
  const Place place("4", {"5.a"});
  std::ofstream(place.maildir() / "maildirsize") << "1000S\n0 0\n";
  CHECK_EQUAL(place.session(), 1);
  const auto size = fs::file_size(place.messages("new")[0]);
  CHECK_EQUAL(Place::content(place.maildir() / "maildirsize"),
              "1000S\n0 0\n" + std::to_string(size) + " 1\n");
}
