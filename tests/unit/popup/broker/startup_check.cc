// SPDX-License-Identifier: ISC
#include "popup/broker/startup_check.h"

#include <sys/stat.h>

#include <cerrno>
#include <fstream>
#include <string>

#include "tests/unit/temporary_directory.h"
#include "tests/unit/unit.h"

using popup::find_program;

TEST(a_program_is_found_as_execvp_finds_it) {
  const unit::TemporaryDirectory folder({"a/directory", "b", "c"});
  const std::string base = folder.path();
  for (const char* name : {"/a/plain", "/b/plain", "/b/tool", "/c/tool"}) {
    std::ofstream(base + name) << "#!/bin/sh\n";
    const bool is_tool = std::string(name).ends_with("tool");
    CHECK_EQUAL(chmod((base + name).c_str(), is_tool ? 0755 : 0644), 0);
  }
  const std::string path = base + "/none:" + base + "/a:" + base + "/b";
  CHECK_EQUAL(find_program("tool", path.c_str()), 0);
  CHECK_EQUAL(find_program("plain", path.c_str()), EACCES);
  CHECK_EQUAL(find_program("directory", path.c_str()), EACCES);
  CHECK_EQUAL(find_program("absent", path.c_str()), ENOENT);
  CHECK_EQUAL(find_program("", path.c_str()), ENOENT);
  CHECK_EQUAL(find_program("tool", ""), ENOENT);
  CHECK_EQUAL(find_program("sh", nullptr), 0);
}

TEST(a_program_with_a_slash_is_not_searched_in_PATH) {
  const unit::TemporaryDirectory folder({"a"});
  CHECK_EQUAL(find_program("/bin/sh", ""), 0);
  CHECK_EQUAL(find_program(std::string(folder.path()), "/bin"), EACCES);
  CHECK_EQUAL(find_program(std::string(folder / "a/sh"), "/bin"), ENOENT);
  CHECK_EQUAL(find_program("./" + std::string(5000, 'x'), ""), ENAMETOOLONG);
}
