// SPDX-License-Identifier: ISC
#pragma once

#include <vector>

#include "tests/bench/popbench/options.h"

// The measurements.  Each prints one line of JSON; the results are exit
// codes: 0, or 2 where the server answered wrong.
namespace popbench {

// Whole sessions, as many at a time as asked for, in one thread: sessions a
// second, latency from connect to the reply to QUIT, CPU of the server.
int run_sessions(const Options& options);

// RETR of every message again and again: the first pass is parsed and learns
// each reply's length, later ones are only counted against it.
int run_retr(const Options& options);

// Time and CPU of PASS, STAT, LIST, UIDL and QUIT, one session after another.
int run_open(const Options& options);

// Logs in many sessions, holds them, and reads the server's memory.
int run_idle(const Options& options);

// Octets that STAT and LIST announce against those that RETR sends.
int run_verify(const Options& options);

double median(std::vector<double> values);
// The share-th value (0 to 1) of a sorted list, 0 of an empty one.
double quantile(const std::vector<double>& sorted, double share);

}  // namespace popbench
