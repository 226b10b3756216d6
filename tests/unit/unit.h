// SPDX-License-Identifier: ISC
#pragma once

#include <cstdio>
#include <vector>

// TEST(name) { CHECK(x); CHECK_EQUAL(got, wanted); } in tests/unit/MODULE.cc;
// the binary runs every test, or those of the modules named as arguments.
// NOT_SHOWN("what") if the machine lacks what a check needs. To find out, try
// it first in a child, without the code under test.
namespace unit {

struct Test {
  const char* file;
  const char* name;
  void (*run)();
};
std::vector<Test>& tests();
void failed(const char* file, int line, const char* what);
void not_shown(const char* what);

struct Registration {
  Registration(const char* file, const char* name, void (*run)()) {
    tests().push_back({file, name, run});
  }
};

}  // namespace unit

#define TEST(name)                                                   \
  static void test_##name();                                         \
  static const unit::Registration registered_##name{__FILE__, #name, \
                                                    test_##name};    \
  static void test_##name()
#define CHECK(condition) \
  ((condition) ? void() : unit::failed(__FILE__, __LINE__, #condition))
#define NOT_SHOWN(what) unit::not_shown(what)
#define CHECK_EQUAL(got, wanted) \
  ((got) == (wanted) ? void()    \
                     : unit::failed(__FILE__, __LINE__, #got " == " #wanted))
