// SPDX-License-Identifier: ISC
#pragma once

#include <vector>

#include "tests/bench/popbench/options.h"

// The measurements.  Each prints one line of JSON and returns an exit code: 0,
// or 2 if the server gave a wrong answer.
namespace popbench {

// Whole sessions, a given number at a time, in one thread: sessions a second,
// latency from connect to the reply to QUIT, CPU time of the server.
int run_sessions(const Options& options);

// RETR of every message again and again.  The first pass parses each reply and
// learns its length, later passes only compare lengths.
int run_retr(const Options& options);

// Time and CPU of PASS, STAT, LIST, UIDL and QUIT, one session after another.
int run_open(const Options& options);

// Logs in many sessions, holds them, and reads the server's memory.
int run_idle(const Options& options);

// Compares the octets that STAT and LIST announce with those that RETR sends.
int run_verify(const Options& options);

double median(std::vector<double> values);
// The share-th value (0 to 1) of a sorted list, 0 of an empty one.
double quantile(const std::vector<double>& sorted, double share);

}  // namespace popbench
