// SPDX-License-Identifier: ISC
#include "tests/unit/unit.h"

#include <cstring>
#include <string>

namespace unit {

static int failures = 0;

std::vector<Test>& tests() {
  static std::vector<Test> all;
  return all;
}

void failed(const char* file, int line, const char* what) {
  ++failures;
  printf("%s:%d: failed: %s\n", file, line, what);
}

void not_shown(const char* what) {
  printf("not shown: %s\n", what);
}

}  // namespace unit

// unit [MODULE...]: a module is the path of a source file without its ending,
// such as lib/process/child.
int main(int argc, char** argv) {
  int ran = 0;
  for (const unit::Test& test : unit::tests()) {
    std::string module = test.file + strlen("tests/unit/");
    module.resize(module.size() - strlen(".cc"));
    bool wanted = argc == 1;
    for (int i = 1; i < argc; ++i) wanted |= module == argv[i];
    if (!wanted) continue;
    printf("%s: %s\n", module.c_str(), test.name);
    test.run();
    ++ran;
  }
  if (ran == 0) printf("no such test\n");
  return unit::failures == 0 && ran != 0 ? 0 : 1;
}
