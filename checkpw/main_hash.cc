// SPDX-License-Identifier: ISC
// Never runs as root: checkpw-hash has no client.
// checkpw-hash reads a password and prints the second field of a passwd-file
// line.
#include <sys/random.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "checkpw/ask_password.h"
#include "checkpw/crypt/digest.h"
#include "checkpw/crypt/hash.h"
#include "checkpw/crypt/hash_cost.h"
#include "checkpw/crypt/method.h"
#include "lib/io/io.h"
#include "lib/process/exit_code.h"
#include "lib/process/option_table.h"
#include "lib/process/program.h"
#include "lib/text/base64.h"

namespace checkpw {
namespace {

constexpr std::string_view kProgram = "checkpw-hash";
constexpr std::string_view kNoSuchCost = "this method has no such cost (-c)";

struct HashOptions {
  Method method = preferred_method();
  unsigned long cost = 0;  // in the method's own unit; 0 means its default
};

constexpr lib::HelpText kHelp{
    .program = kProgram,
    .operands = "",
    .before =
        "Reads a password (a terminal, or one line of input) and prints "
        "its hash.\n",
    .after = ""};

// The help of -m names the methods that this build has, in the buffer `help'.
auto option_table(lib::FixedText<512>& help) {
  help << "one of:";
  for (const Method& method : methods())
    if (is_available(method)) help << ' ' << method.name;
  return std::to_array<lib::Option<HashOptions>>({
      {{'c', nullptr, "cost", "the cost, in the unit of the method"},
       lib::set_number<&HashOptions::cost, 1, 999'999'999>},
      {{'m', nullptr, "method", help.c_str()},
       [](HashOptions& options, const char* value) {
         const auto method = find_method(value);
         if (method) options.method = *method;
         return method.has_value();
       }},
  });
}

HashOptions parse_options(int argc, char** argv) {
  HashOptions options;
  lib::FixedText<512> help;
  lib::UsageFault fault;
  if (!lib::parse_options(option_table(help), kHelp, argc, argv, options,
                          fault))
    lib::die_of_usage(lib::kUsage, kProgram, fault.view());
  if (optind != argc)
    lib::die_of_usage(lib::kUsage, kProgram, "it takes no operands");
  if (!is_available(options.method)) {
    lib::FixedText<128> text;
    text << "this build has no method " << options.method.name
         << "; --help lists its methods";
    lib::die(lib::kUsage, kProgram, text.view());
  }
  if (options.cost != 0 && options.method.prefix.empty())
    lib::die(lib::kUsage, kProgram, kNoSuchCost);
  if (options.cost == 0) options.cost = options.method.cost;
  return options;
}

void print(std::string_view scheme, std::string_view secret) {
  lib::WipedText<1024> line;
  line << scheme << secret << '\n';
  if (!lib::write_all(1, line.view()))
    lib::die(lib::kTemporary, kProgram, lib::Error::from_errno("write"));
}

void print_base64(std::string_view scheme, std::string_view bytes) {
  std::array<char, 1024> characters;
  const auto size = lib::encode_base64(bytes, characters);
  print(scheme, {characters.data(), size.value_or(0)});
  explicit_bzero(characters.data(), characters.size());
}

// A colon would end the field.
void print_plain(const lib::Secret& password) {
  if (password.view().find(':') == std::string_view::npos)
    print("{PLAIN}", password.view());
  else
    print_base64("{PLAIN.b64}", password.view());
}

void print_digest(const lib::Secret& password, const Method& method) {
  std::array<char, 8> salt;
  while (getrandom(salt.data(), salt.size(), 0) < 0)
    if (errno != EINTR)
      lib::die(lib::kTemporary, kProgram,
               lib::Error::from_errno("make a salt"));
  lib::Secret digest;
  append_digest(*method.digest, password.view(), {salt.data(), salt.size()},
                digest);
  lib::FixedText<32> scheme;
  scheme << '{' << method.name << '}';
  print_base64(scheme.view(), digest.view());
  lib::FixedText<128> warning;
  warning << kProgram << ": warning: " << method.name
          << " is weak: it can be guessed fast\n";
  (void)lib::write_all(2, warning.view());
}

// The method would ignore the rest of a longer password, and accept it with any
// other end.
void require_short_enough(const lib::Secret& password, const Method& method) {
  if (method.longest == 0 || password.size() <= method.longest) return;
  lib::FixedText<128> text;
  text << "a password of more than ";
  text.number(method.longest)
      << " bytes: " << method.name << " would ignore the rest";
  lib::die(lib::kRejected, kProgram, text.view());
}

void print_hash(lib::Secret& password, const HashOptions& options) {
  require_short_enough(password, options.method);
  HashText setting;
  lib::Status status =
      make_setting(options.method.prefix, options.cost, setting);
  if (!status.ok() && status.error().code == EINVAL)
    lib::die(lib::kUsage, kProgram, kNoSuchCost);
  if (status.ok() && !is_affordable(setting.view()))
    lib::die(lib::kUsage, kProgram,
             "checkpw computes no hash of this cost (-c): it takes more than "
             "256 MiB or 5 seconds");
  HashText hash;
  if (status.ok()) status = make_hash(password.c_str(), setting.view(), hash);
  if (!status.ok()) lib::die(lib::kTemporary, kProgram, status.error());
  print("{CRYPT}", hash.view());
}

}  // namespace
}  // namespace checkpw

int main(int argc, char** argv) {
  const checkpw::HashOptions options = checkpw::parse_options(argc, argv);
  lib::Secret password;
  const lib::Status asked =
      checkpw::ask_password(password, checkpw::Ask::Twice);
  if (!asked.ok())
    lib::die(asked.error().code != 0 ? lib::kTemporary : lib::kRejected,
             checkpw::kProgram, asked.error());
  if (checkpw::stores_plain_text(options.method))
    checkpw::print_plain(password);
  else if (options.method.digest)
    checkpw::print_digest(password, options.method);
  else
    checkpw::print_hash(password, options);
  return lib::kDone;
}
