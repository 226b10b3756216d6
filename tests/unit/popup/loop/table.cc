// SPDX-License-Identifier: ISC
#include "popup/loop/table.h"

#include <sys/wait.h>
#include <unistd.h>

#include <map>
#include <string>
#include <vector>

#include "tests/unit/unit.h"

using popup::Table;

namespace {

using Slots = std::vector<uint32_t>;

// living is the number of these objects.
struct Counted {
  explicit Counted(int number) : id(number) { ++living; }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;
  ~Counted() { --living; }
  int id;
  static inline int living = 0;
};

Slots due(Table<int>& table, int64_t now_ms) {
  Slots slots;
  table.handle_due(now_ms, [&](uint32_t at) {
    slots.push_back(at);
    table.set_deadline(at, INT64_MAX);
  });
  return slots;
}

}  // namespace

TEST(elements_keep_their_slots) {
  Table<Counted> table(3);
  CHECK_EQUAL(table.add(10), 0U);
  CHECK_EQUAL(table.add(11), 1U);
  CHECK(!table.is_full());
  CHECK_EQUAL(table.add(12), 2U);
  CHECK(table.is_full());
  table.remove(1);
  CHECK_EQUAL(table.size(), 2U);
  CHECK_EQUAL(Counted::living, 2);
  CHECK_EQUAL(table[0].id, 10);
  CHECK_EQUAL(table[2].id, 12);
  CHECK_EQUAL(table.add(13), 1U);
  CHECK_EQUAL(table[1].id, 13);
  CHECK(table.is_full());
  Slots slots;
  table.remove(0);
  table.for_each([&](uint32_t at) { slots.push_back(at); });
  CHECK(slots == Slots({1, 2}));
  table.remove(1);
  table.remove(2);
  CHECK_EQUAL(Counted::living, 0);
  CHECK_EQUAL(table.size(), 0U);
}

TEST(a_generation_tells_elements_of_a_place_apart) {
  Table<int> table(2);
  CHECK(!table.holds(0, 0));
  const uint32_t at = table.add(1);
  const uint32_t first = table.generation(at);
  CHECK(table.holds(at, first));
  table.remove(at);
  CHECK(!table.holds(at, first));
  CHECK(!table.holds(at, table.generation(at)));
  CHECK_EQUAL(table.add(2), at);
  CHECK(!table.holds(at, first));
  CHECK(table.holds(at, table.generation(at)));
  CHECK(!table.holds(1, 0));
  CHECK(!table.holds(4711, 0));
}

TEST(elements_are_due_at_their_deadline) {
  Table<int> table(10);
  CHECK_EQUAL(table.earliest_ms(), INT64_MAX);
  for (int i = 0; i < 5; ++i) table.add(i);
  CHECK(due(table, INT64_MAX - 1).empty());
  table.set_deadline(3, 300);
  table.set_deadline(1, 100);
  table.set_deadline(2, 200);
  CHECK_EQUAL(table.earliest_ms(), 100);
  CHECK(due(table, 99).empty());
  CHECK(due(table, 200) == Slots({1, 2}));
  CHECK_EQUAL(table.earliest_ms(), 300);
  CHECK(due(table, 299).empty());
  CHECK(due(table, 1000) == Slots({3}));
  CHECK_EQUAL(table.earliest_ms(), INT64_MAX);
}

TEST(a_later_deadline_replaces_an_earlier_one) {
  Table<int> table(2);
  const uint32_t at = table.add(0);
  table.set_deadline(at, 100);
  table.set_deadline(at, 200);
  CHECK(due(table, 150).empty());
  CHECK_EQUAL(table.earliest_ms(), 200);
  CHECK(due(table, 200) == Slots({at}));
}

TEST(a_removed_element_is_not_due_and_leaves_no_deadline) {
  Table<int> table(2);
  table.set_deadline(table.add(0), 100);
  table.remove(0);
  CHECK(due(table, 1000).empty());
  CHECK_EQUAL(table.earliest_ms(), INT64_MAX);
  CHECK_EQUAL(table.add(1), 0U);
  CHECK(due(table, 1000).empty());
}

TEST(handling_may_remove_any_element) {
  Table<int> table(4);
  for (int i = 0; i < 4; ++i) table.set_deadline(table.add(i), 100);
  Slots handled;
  table.handle_due(100, [&](uint32_t at) {
    handled.push_back(at);
    if (at == 0) table.remove(2);
    table.remove(at);
  });
  CHECK(handled == Slots({0, 1, 3}));
  CHECK_EQUAL(table.size(), 0U);
  CHECK_EQUAL(table.earliest_ms(), INT64_MAX);
}

// A deadline that has passed already is handled in this round or, if its slot
// comes before the present one, in the next round, which follows at once.
TEST(handling_may_add_elements_and_set_deadlines) {
  Table<int> table(8);
  for (int i = 0; i < 3; ++i) table.set_deadline(table.add(i), 100);
  table.handle_due(100, [&](uint32_t at) {
    if (at == 0) table.set_deadline(at, 500);
    if (at == 1) {
      table.set_deadline(at, INT64_MAX);
      table.set_deadline(table.add(3), 300);
    }
    if (at == 2) {
      table.remove(at);
      // The new element gets this slot.
      CHECK_EQUAL(table.add(4), 2U);
      table.set_deadline(2, 50);
    }
  });
  CHECK_EQUAL(table.earliest_ms(), 50);
  CHECK(due(table, 100) == Slots({2}));
  CHECK_EQUAL(table.earliest_ms(), 300);
  CHECK(due(table, 300) == Slots({3}));
  CHECK(due(table, 500) == Slots({0}));
}

TEST(any_order_of_changes_leaves_the_right_elements_due) {
  uint32_t state = 4711;
  const auto random = [&] {
    state = state * 1664525 + 1013904223;
    return state >> 16U;
  };
  Table<int> table(50);
  struct Known {
    int value;
    int64_t deadline_ms;
  };
  std::map<uint32_t, Known> known;
  int64_t now_ms = 0;
  for (int i = 0; i < 20'000; ++i) {
    const auto at = random() % 50;
    const auto deadline_ms = now_ms + static_cast<int64_t>(random() % 100);
    switch (random() % 4) {
      case 0:
        if (!table.is_full()) {
          const uint32_t slot = table.add(i);
          CHECK(!known.contains(slot));
          known[slot] = {i, INT64_MAX};
        }
        break;
      case 1:
        if (known.erase(at) != 0) table.remove(at);
        break;
      case 2:
        if (known.contains(at)) {
          table.set_deadline(at, deadline_ms);
          known[at].deadline_ms = deadline_ms;
        }
        break;
      default: {
        now_ms += static_cast<int64_t>(random() % 20);
        Slots wanted;
        for (auto& [slot, element] : known) {
          CHECK(element.deadline_ms >= table.earliest_ms());
          CHECK_EQUAL(table[slot], element.value);
          if (element.deadline_ms > now_ms) continue;
          wanted.push_back(slot);
          element.deadline_ms = INT64_MAX;
        }
        CHECK(due(table, now_ms) == wanted);
      }
    }
    CHECK_EQUAL(table.size(), known.size());
  }
}

TEST(a_forked_process_does_not_see_the_elements) {
  Table<int> table(10);
  const uint32_t at = table.add(4711);
  const pid_t child = fork();
  if (child == 0) {
    close(2);  // a sanitizer would report what follows
    _exit(table[at] == 4711 ? 0 : 1);
  }
  int status = 0;
  CHECK_EQUAL(waitpid(child, &status, 0), child);
  CHECK(!WIFEXITED(status) || WEXITSTATUS(status) != 0);
}
