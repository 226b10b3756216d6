// SPDX-License-Identifier: ISC
// mkmaildir, a tool of the benchmark, fills a Maildir or writes an mbox with
// synthetic messages.  The same options give the same octets.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "lib/io/unique_fd.h"

namespace {

struct Options {
  long count = 10;
  std::string size = "4096";
  bool sizes_in_names = false;
  bool crlf = false;
  bool some_unended = false;
  int dotted_percent = 0;
  std::string mbox;
  std::string directory;
};

struct Message {
  std::string text;     // as stored
  uint64_t octets = 0;  // as POP3 sends it
};

[[noreturn]] void die(const std::string& what) {
  fprintf(stderr, "mkmaildir: %s: %s\n", what.c_str(), strerror(errno));
  exit(1);
}

[[noreturn]] void usage() {
  fputs(
      "usage: mkmaildir [options] DIR\n"
      "  -n n     messages\n"
      "  -s size  octets with CRLF line ends, at least 160: \"4096\", or\n"
      "           log-normal \"ln:MEDIAN:SIGMA\"\n"
      "  -S       ,S=<stored octets>,W=<octets with CRLF> in the names\n"
      "  -C       store CRLF (else LF)\n"
      "  -d n     percent of lines that begin with a dot\n"
      "  -x       no line end at the end of every third message\n"
      "  -m file  write an mbox instead\n",
      stderr);
  exit(1);
}

// xorshift64 gives the same numbers on every machine.
class Random {
 public:
  uint64_t next() {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 7;
    state_ ^= state_ << 17;
    return state_;
  }
  double unit() {  // above 0, below 1
    return static_cast<double>(next() >> 11) / 9007199254740992.0 + 1e-12;
  }

 private:
  uint64_t state_ = 88172645463325252U;
};

uint64_t wanted_size(const std::string& spec, Random& random) {
  double size = strtod(spec.c_str(), nullptr);
  if (spec.starts_with("ln:")) {
    char* rest = nullptr;
    const double median = strtod(spec.c_str() + 3, &rest);
    const double sigma = *rest == ':' ? strtod(rest + 1, nullptr) : 0;
    size = median * exp(sigma * sqrt(-2 * log(random.unit())) *
                        cos(6.283185307179586 * random.unit()));
  }
  return static_cast<uint64_t>(std::max(size, 160.0));
}

std::string body_line(size_t length, int dotted_percent, Random& random) {
  static constexpr char kLetters[] =
      "abcdefghijklmnopqrstuvwxyz ABCDEFGHIJ 0123456789 etaoinshrdlu    ";
  std::string line(length, 'x');
  for (size_t i = 0; i < length; i += 8) {
    uint64_t bits = random.next();
    for (size_t k = i; k < std::min(length, i + 8); ++k, bits >>= 8)
      line[k] = kLetters[(bits & 255) % (sizeof kLetters - 1)];
  }
  if (line[0] == ' ' || line[0] == 'F') line[0] = 'y';  // not folded, no From
  if (static_cast<int>(random.next() % 100) < dotted_percent) line[0] = '.';
  return line;
}

Message make_message(const Options& options, long number, Random& random) {
  Message message;
  const auto add = [&](const std::string& line) {
    message.text.append(line).append(options.crlf ? "\r\n" : "\n");
    message.octets += line.size() + 2;
  };
  const uint64_t wanted = wanted_size(options.size, random);
  add("From: bench@example.invalid");
  add("To: user@example.invalid");
  add("Subject: message " + std::to_string(number));
  add("Message-ID: <" + std::to_string(number) + "@example.invalid>");
  add("");
  while (message.octets + 2 < wanted) {
    const uint64_t room = wanted - message.octets - 2;
    uint64_t length = std::min(20 + random.next() % 56, room);
    if (room - length < 3) length = room;
    add(body_line(length, options.dotted_percent, random));
  }
  if (options.some_unended && number % 3 == 0) {
    message.text += "no newline at the end";
    message.octets += 23;
  }
  return message;
}

std::string message_name(const Options& options, long number,
                         const Message& message) {
  std::string name = "/cur/" + std::to_string(1700000000 + number / 10) + ".M" +
                     std::to_string(number * 7919 % 1000000) + 'P' +
                     std::to_string(1000 + number % 30000) + 'Q' +
                     std::to_string(number) + ".bench";
  if (options.sizes_in_names)
    name += ",S=" + std::to_string(message.text.size()) +
            ",W=" + std::to_string(message.octets);
  return name + ":2,S";
}

void store(const std::string& path, const std::string& text) {
  const lib::UniqueFd file(
      open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!file.valid() || write(file.get(), text.data(), text.size()) !=
                           static_cast<ssize_t>(text.size()))
    die(path);
}

void fill_maildir(const Options& options) {
  for (const char* folder : {"", "/tmp", "/new", "/cur"}) {
    const std::string path = options.directory + folder;
    if (mkdir(path.c_str(), 0700) < 0 && errno != EEXIST) die(path);
  }
  Random random;
  for (long i = 0; i < options.count; ++i) {
    const Message message = make_message(options, i, random);
    store(options.directory + message_name(options, i, message), message.text);
  }
}

void write_mbox(const Options& options) {
  FILE* file = fopen(options.mbox.c_str(), "we");
  if (file == nullptr) die(options.mbox);
  Random random;
  for (long i = 0; i < options.count; ++i) {
    const Message message = make_message(options, i, random);
    fputs("From bench@example.invalid Mon Jan  5 12:00:00 2026\n", file);
    fwrite(message.text.data(), 1, message.text.size(), file);
    fputc('\n', file);
  }
  if (fclose(file) != 0) die(options.mbox);
}

Options parse_options(int argc, char** argv) {
  Options options;
  int letter = 0;
  while ((letter = getopt(argc, argv, "n:s:SCd:xm:")) != -1) switch (letter) {
      case 'n': options.count = strtol(optarg, nullptr, 10); break;
      case 's': options.size = optarg; break;
      case 'S': options.sizes_in_names = true; break;
      case 'C': options.crlf = true; break;
      case 'd':
        options.dotted_percent = static_cast<int>(strtol(optarg, nullptr, 10));
        break;
      case 'x': options.some_unended = true; break;
      case 'm': options.mbox = optarg; break;
      default: usage();
    }
  if (options.mbox.empty() && optind + 1 != argc) usage();
  if (optind < argc) options.directory = argv[optind];
  return options;
}

}  // namespace

int main(int argc, char** argv) {
  const Options options = parse_options(argc, argv);
  if (options.mbox.empty())
    fill_maildir(options);
  else
    write_mbox(options);
}
