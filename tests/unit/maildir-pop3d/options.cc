// SPDX-License-Identifier: ISC
#include "maildir-pop3d/options.h"

#include <getopt.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "tests/unit/unit.h"

namespace {

struct Parsed {
  bool ok;
  pop3d::Options options;
  std::string complaint;
};

Parsed parse(std::vector<std::string> words) {
  static std::vector<std::string> kept;  // options point into it
  kept = std::move(words);
  kept.insert(kept.begin(), "maildir-pop3d");
  std::vector<char*> argv;
  for (std::string& word : kept) argv.push_back(word.data());
  argv.push_back(nullptr);
  optind = 0;
  Parsed parsed{};
  lib::UsageFault complaint;
  parsed.ok = pop3d::parse_options(static_cast<int>(kept.size()), argv.data(),
                                   parsed.options, complaint);
  parsed.complaint = complaint.view();
  return parsed;
}

std::string text(const char* value) {
  return value == nullptr ? "(none)" : value;
}

}  // namespace

TEST(the_traditional_command_line_is_understood) {
  const Parsed parsed = parse({"-a", "Maildir"});
  CHECK(parsed.ok);
  CHECK_EQUAL(text(parsed.options.maildir), "Maildir");
  CHECK_EQUAL(parsed.options.idle_seconds, 600);
  CHECK_EQUAL(parsed.options.session_seconds, 0);
}

TEST(every_option_is_understood) {
  const Parsed parsed = parse(
      {"-u", "joe", "-m", "box", "-t", "60", "--session", "3600", "-cnqsdv",
       "-r", "192.0.2.7", "--lock", "--trace", "t", "--syslog", "other"});
  CHECK(parsed.ok);
  const pop3d::Options& options = parsed.options;
  CHECK_EQUAL(text(options.user), "joe");
  CHECK_EQUAL(text(options.maildir), "box");
  CHECK_EQUAL(text(options.host), "192.0.2.7");
  CHECK_EQUAL(text(options.trace), "t");
  CHECK_EQUAL(options.idle_seconds, 60);
  CHECK_EQUAL(options.session_seconds, 3600);
  CHECK(options.preauthenticated && options.commit_on_error);
  CHECK(options.keep_new && options.quiet && options.statistics);
  CHECK(options.debug && options.verbose && options.lock && options.syslog);
}

TEST(the_variable_of_R_must_exist) {
  setenv("POP3D_TEST_HOST", "198.51.100.1", 1);
  CHECK_EQUAL(text(parse({"-a", "-R", "POP3D_TEST_HOST"}).options.host),
              "198.51.100.1");
  unsetenv("POP3D_TEST_HOST");
  CHECK(!parse({"-a", "-R", "POP3D_TEST_HOST"}).ok);
}

TEST(bad_command_lines_are_reported) {
  for (const std::vector<std::string>& bad :
       std::vector<std::vector<std::string>>{{},
                                             {"Maildir"},
                                             {"-a", "one", "two"},
                                             {"-a", ""},
                                             {"-a", "-m", ""},
                                             {"-a", "-t", "0"},
                                             {"-a", "-t", "-1"},
                                             {"-a", "-t", "1m"},
                                             {"-a", "-t", "99999999999"},
                                             {"-a", "-t"},
                                             {"-a", "-z"},
                                             {"-a", "--bogus"},
                                             {"-a", "--session"},
                                             {"-a", "--lock=1"}}) {
    const Parsed parsed = parse(bad);
    CHECK(!parsed.ok);
    CHECK(!parsed.complaint.empty());
  }
}

TEST(an_unknown_option_is_named) {
  CHECK_EQUAL(parse({"-a", "-z"}).complaint, "unknown option: -z");
  CHECK_EQUAL(parse({"-a", "--bogus"}).complaint, "unknown option: --bogus");
}
