// SPDX-License-Identifier: ISC
#pragma once

#include <string>
#include <vector>

// popbench generates load for POP3 servers and measures them.  It is a tool and
// not part of the product, so it links the ordinary libraries.
namespace popbench {

enum class Tls { kNone, kAtOnce, kStls };

struct Options {
  std::string host = "127.0.0.1";
  int port = 110;
  std::string user = "u%d";  // %d is the session's number modulo users
  int users = 1;
  std::string password = "pw";
  std::string script = "STAT";  // of a session, between PASS and QUIT
  std::string cgroup;           // the server's, to read CPU and memory from
  int pid = 0;                  // else the root of the server's process tree
  int concurrency = 1;
  int depth = 1;       // commands kept outstanding
  long count = 100;    // sessions or iterations
  long messages = 0;   // only the first ones; 0: all
  double seconds = 0;  // when to stop; 0: after count
  double hold = 0;     // seconds
  int sources = 1;     // client addresses
  int settle_ms = 50;
  int timeout_s = 60;
  Tls tls = Tls::kNone;
  bool resume = false;  // TLS: the session of an earlier connection
  bool quick_ack = false;
  std::vector<long> samples;  // idle: session counts at which to read memory
};

// Exits 1 with the usage on an unknown option.
Options parse_options(int argc, char** argv);
[[noreturn]] void usage();
[[noreturn]] void die(const std::string& why);

std::string user_name(const Options& options, long session);
double now();  // seconds, monotonic
void pause_ms(int milliseconds);

}  // namespace popbench
