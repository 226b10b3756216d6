// SPDX-License-Identifier: ISC
// The floor of the chain's third program: canned.
#include "canned.h"

int main() {
  floors::say("+OK \r\n");
  floors::serve_canned();
}
