// SPDX-License-Identifier: ISC
// May run as root: forks, and sheds root in the child.
#include "popup/broker/host_check.h"

#include <arpa/nameser.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <resolv.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstring>
#include <string_view>
#include <tuple>

#include "lib/io/deadline.h"
#include "lib/io/io.h"
#include "lib/io/pipe.h"
#include "lib/io/unique_fd.h"
#include "lib/process/child.h"
#include "lib/process/privileges.h"
#include "lib/text/fixed_text.h"
#include "popup/broker/reverse_name.h"

namespace popup {
namespace {

// Returns getaddrinfo's error, or 0 and whether it found the wanted address.
// This process ends soon: nothing is freed.
int look_up(const char* name, int flags, const lib::Address& wanted,
            bool& found) {
  addrinfo hints{};
  hints.ai_flags = flags;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  const int error = getaddrinfo(name, nullptr, &hints, &list);
  for (found = false; list != nullptr && !found; list = list->ai_next) {
    sockaddr_storage address{};
    if (list->ai_addrlen > sizeof address) continue;
    memcpy(&address, list->ai_addr, list->ai_addrlen);
    const auto endpoint = lib::endpoint_of(address);
    found = endpoint && endpoint->address == wanted;
  }
  return error;
}

constexpr int kSeconds = 5;

enum class HostVerdict : unsigned char {
  Matches,
  NoName,    // the address has no canonical name
  Mismatch,  // the name does not exist, or has other addresses only
  Failed,    // the name service did not answer
};

struct HostCheck {
  HostVerdict verdict = HostVerdict::Failed;
  lib::FixedText<255> name;  // empty if it is not known
};

using Name = std::array<char, NI_MAXHOST>;

// Returns getnameinfo's error.
int look_up_name(const lib::Address& client, Name& name) {
  sockaddr_in6 six{};
  six.sin6_family = AF_INET6;
  memcpy(&six.sin6_addr, client.bytes.data(), client.bytes.size());
  sockaddr_in four{};
  four.sin_family = AF_INET;
  memcpy(&four.sin_addr, client.bytes.data() + 12, 4);
  constexpr auto kSize = static_cast<socklen_t>(std::tuple_size_v<Name>);
  const bool ipv4 = client.is_ipv4();
  const auto* const address = ipv4 ? reinterpret_cast<const sockaddr*>(&four)
                                   : reinterpret_cast<const sockaddr*>(&six);
  return getnameinfo(address, ipv4 ? sizeof four : sizeof six, name.data(),
                     kSize, nullptr, 0, NI_NAMEREQD);
}

// After EAI_NONAME: true if a name server said that there is no name.  musl's
// getnameinfo returns EAI_NONAME whatever happened, so we ask once more.
bool is_nameless([[maybe_unused]] const lib::Address& client) {
#ifdef __GLIBC__
  return true;
#else
  std::array<unsigned char, 512> query;
  std::array<unsigned char, 4096> answer;
  auto name = reverse_name(client);
  const int size =
      res_mkquery(ns_o_query, name.c_str(), ns_c_in, ns_t_ptr, nullptr, 0,
                  nullptr, query.data(), static_cast<int>(query.size()));
  if (size < 0 || res_send(query.data(), size, answer.data(),
                           static_cast<int>(answer.size())) < NS_HFIXEDSZ)
    return false;
  const int code = answer[3] & 0xf;
  return code == ns_r_noerror || code == ns_r_nxdomain;
#endif
}

HostVerdict compare_addresses(const char* name, const lib::Address& client) {
  bool found = false;
  // A number would trivially lead back to itself.
  const bool is_number = look_up(name, AI_NUMERICHOST, client, found) == 0;
  if (is_number) return HostVerdict::Mismatch;
  const int error = look_up(name, 0, client, found);
  if (error == EAI_AGAIN || error == EAI_MEMORY || error == EAI_SYSTEM)
    return HostVerdict::Failed;
  return found ? HostVerdict::Matches : HostVerdict::Mismatch;
}

HostCheck check_host(const lib::Address& client, const char* known_name) {
  HostCheck check;
  Name name{};
  const bool known = known_name != nullptr && known_name[0] != '\0';
  const int error = known ? 0 : look_up_name(client, name);
  if (error == EAI_NONAME && is_nameless(client))
    check.verdict = HostVerdict::NoName;
  if (error != 0) return check;
  const char* const found = known ? known_name : name.data();
  check.name << found;
  // An overflow means that it is longer than a domain name can be.
  check.verdict = check.name.overflowed() ? HostVerdict::Mismatch
                                          : compare_addresses(found, client);
  return check;
}

// --- The processes ----------------------------------------------------------

// The resolving process: writes verdict (one octet) and name to answers.
[[noreturn]] void run_resolver(const lib::Address& client,
                               const char* known_name, int answers) {
  // This process reads strangers' packets.  An intruder gets only this
  // descriptor, and /dev/null on 0 to 2.
  constexpr int kAnswers = 3;
  if (dup2(0, 2) != 2 || (answers != kAnswers && dup2(answers, kAnswers) < 0))
    _exit(1);
  lib::close_from_to(kAnswers + 1, ~0U);
  const HostCheck check = check_host(client, known_name);
  lib::FixedText<256> answer;
  answer << static_cast<char>(check.verdict) << check.name.view();
  (void)lib::write_all(kAnswers, answer.view());
  _exit(0);
}

// False if the deadline passes first.
bool read_answer(int answers, lib::Deadline deadline, HostCheck& check) {
  std::array<char, 256> answer;
  if (!lib::wait_readable(answers, deadline)) return false;
  const ssize_t got = lib::read_some(answers, answer);
  if (got < 1 || answer[0] > static_cast<char>(HostVerdict::Failed))
    return true;
  check.verdict = static_cast<HostVerdict>(answer[0]);
  check.name << std::string_view(answer.data() + 1, size_t(got) - 1);
  return true;
}

void log_check(const lib::Log& log, const lib::Address& client,
               const HostCheck& check, bool in_time) {
  const char* cause = in_time ? "failed" : "timeout";
  if (check.verdict == HostVerdict::NoName) cause = "noname";
  if (check.verdict == HostVerdict::Mismatch) cause = "mismatch";
  if (check.verdict == HostVerdict::Matches) return;
  lib::LogLine line(log, "host", lib::Log::Level::Warning);
  line.field("cause", cause).field("ip", lib::format_address(client).view());
  if (!check.name.empty()) line.field("name", check.name.view());
}

// Closes everything but the log: the client, the dialogue and a TLS server must
// see the end of a connection even if we still run.  Then sheds root.
bool leave_connection(const lib::Log& log, const Jail& jail) {
  lib::close_from_to(3, ~0U);
  log.reconnect();
  const lib::UniqueFd nothing(open("/dev/null", O_RDWR | O_CLOEXEC));
  if (dup2(nothing.get(), 0) != 0 || dup2(nothing.get(), 1) != 1) return false;
  if (geteuid() == 0 && !lib::become(jail.uid, jail.gid, {}).ok()) return false;
  lib::forbid_dumps();
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
}

// Forks the resolver, and kills it after kSeconds at the latest: only the
// resolver reads what name servers send, and only this process writes the log.
[[noreturn]] void run_watcher(const lib::Log& log, const Jail& jail,
                              const lib::Address& client,
                              const char* known_name) {
  if (!leave_connection(log, jail)) _exit(1);
  auto answers = lib::make_pipe("make a pipe for the resolver");
  if (!answers.ok()) _exit(1);
  const auto deadline = lib::Deadline::in_seconds(kSeconds);
  const pid_t resolver = fork();
  if (resolver == 0)
    run_resolver(client, known_name, answers.value().writing.get());
  answers.value().writing.reset();
  HostCheck check;
  const bool in_time =
      resolver > 0 &&
      read_answer(answers.value().reading.get(), deadline, check);
  if (resolver > 0) kill(resolver, SIGKILL);
  log_check(log, client, check, in_time);
  log.finish();
  _exit(0);
}

}  // namespace

void start_host_check(const lib::Log& log, const Jail& jail,
                      const lib::Address& client, const char* known_name) {
  const pid_t child = fork();
  if (child < 0) log.warning(lib::Error::from_errno("fork"));
  if (child == 0) run_watcher(log, jail, client, known_name);
}

}  // namespace popup
