// SPDX-License-Identifier: ISC
#include "tests/bench/popbench/options.h"

#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace popbench {

void usage() {
  fputs(
      "usage: popbench sessions|retr|open|idle|verify [options]\n"
      "  -h host  -P port  -w password\n"
      "  -u user     may hold %d: the session's number modulo -U users\n"
      "  -c n        sessions at a time\n"
      "  -n n        sessions or iterations\n"
      "  -T seconds  sessions, retr: at most so long\n"
      "  -s script   sessions, open: commands after PASS, as STAT,RETR 1\n"
      "  -p depth    retr: commands kept outstanding\n"
      "  -m n        retr: only the first n messages\n"
      "  -i seconds  idle: hold the sessions so long\n"
      "  -x n,n,...  idle: also the memory at so many sessions\n"
      "  -S n        spread the client over n addresses 127.0.1.x\n"
      "  -G dir      the server's cgroup, to read CPU and memory from\n"
      "  -R pid      without a cgroup: the root of the server's processes\n"
      "  -e ms       the server rests when it uses nothing for so long\n"
      "  -z tls|stls TLS at once, or by STLS\n"
      "  -Z          resume TLS sessions\n"
      "  -t seconds  time-out of the sockets\n"
      "  -q          acknowledge at once: hides the stall of servers that\n"
      "              leave Nagle on and write a reply in pieces\n",
      stderr);
  exit(1);
}

void die(const std::string& why) {
  fprintf(stderr, "popbench: %s\n", why.c_str());
  exit(1);
}

static double real(const char* text) {
  char* rest = nullptr;
  const double value = strtod(text, &rest);
  if (rest == text || *rest != '\0') usage();
  return value;
}

static long whole(const char* text) {
  return static_cast<long>(real(text));
}

static int positive(const char* text) {
  return std::max(1, static_cast<int>(whole(text)));
}

static std::vector<long> numbers(const char* text) {
  std::vector<long> all;
  for (char* rest = nullptr; *text != '\0'; text = rest) {
    all.push_back(strtol(text, &rest, 10));
    if (*rest == ',') ++rest;
    if (rest == text) usage();
  }
  return all;
}

static Tls kind_of_tls(std::string_view name) {
  if (name == "tls") return Tls::kAtOnce;
  if (name == "stls") return Tls::kStls;
  usage();
}

static void set(Options& options, int letter, const char* value) {
  switch (letter) {
    case 'h': options.host = value; break;
    case 'P': options.port = static_cast<int>(whole(value)); break;
    case 'u': options.user = value; break;
    case 'U': options.users = positive(value); break;
    case 'w': options.password = value; break;
    case 'c': options.concurrency = positive(value); break;
    case 'n': options.count = whole(value); break;
    case 'T': options.seconds = real(value); break;
    case 's': options.script = value; break;
    case 'p': options.depth = positive(value); break;
    case 'i': options.hold = real(value); break;
    case 'm': options.messages = whole(value); break;
    case 'x': options.samples = numbers(value); break;
    case 'S': options.sources = std::min(250, positive(value)); break;
    case 'G': options.cgroup = value; break;
    case 'R': options.pid = static_cast<int>(whole(value)); break;
    case 'e': options.settle_ms = static_cast<int>(whole(value)); break;
    case 't': options.timeout_s = positive(value); break;
    case 'z': options.tls = kind_of_tls(value); break;
    case 'Z': options.resume = true; break;
    case 'q': options.quick_ack = true; break;
    default: usage();
  }
}

Options parse_options(int argc, char** argv) {
  Options options;
  int letter = 0;
  while ((letter = getopt(argc, argv,
                          "+h:P:u:U:w:c:n:T:s:p:i:m:x:S:G:R:e:t:z:Zq")) != -1)
    set(options, letter, optarg);
  if (optind != argc) usage();
  return options;
}

std::string user_name(const Options& options, long session) {
  std::string name = options.user;
  const size_t place = name.find("%d");
  if (place != std::string::npos)
    name.replace(place, 2, std::to_string(session % options.users));
  return name;
}

double now() {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<double>(time.tv_sec) +
         static_cast<double>(time.tv_nsec) * 1e-9;
}

void pause_ms(int milliseconds) {
  const timespec time{milliseconds / 1000, milliseconds % 1000 * 1000000L};
  nanosleep(&time, nullptr);
}

}  // namespace popbench
