// SPDX-License-Identifier: ISC
#include "popup/dialogue/confinement.h"

#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>

#include "tests/unit/unit.h"

TEST(a_dialogue_does_not_start_if_nobody_reads_its_records) {
  for (const bool popup_is_there : {true, false}) {
    std::array<int, 2> ends{};
    CHECK_EQUAL(pipe(ends.data()), 0);
    if (!popup_is_there) close(ends[0]);
    const pid_t dialogue = fork();
    if (dialogue == 0)
      syscall(SYS_exit, popup::confine({}, {ends[1], -1}).ok() ? 0 : 1);
    int status = 0;
    CHECK_EQUAL(waitpid(dialogue, &status, 0), dialogue);
    CHECK_EQUAL(WEXITSTATUS(status), popup_is_there ? 0 : 1);
    if (popup_is_there) close(ends[0]);
    close(ends[1]);
  }
}
