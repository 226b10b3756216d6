// SPDX-License-Identifier: ISC
// The floor of one process for each session: answers all commands, canned.
#include "canned.h"

int main() {
  floors::say("+OK <1.1@floor>\r\n");
  floors::serve_canned();
}
