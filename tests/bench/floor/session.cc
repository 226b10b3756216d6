// SPDX-License-Identifier: ISC
// The floor of one process a session: answers all of it, canned.
#include "canned.h"

int main() {
  floors::say("+OK <1.1@floor>\r\n");
  floors::serve_canned();
}
