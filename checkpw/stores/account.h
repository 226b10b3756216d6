// SPDX-License-Identifier: ISC
#pragma once

#include <pwd.h>
#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "checkpw/crypt/hash.h"
#include "checkpw/crypt/scheme.h"
#include "lib/crypto/secret.h"
#include "lib/io/log.h"
#include "lib/result.h"

// This folder finds the account of a login in the stores of accounts.
// login/, pam/ and the top of checkpw may call it.
// It may call cdb/ and crypt/.
namespace checkpw {

// In allow_nets: a client without a network address.
constexpr std::string_view kLocal = "local";

// The highest uid and gid.  One more means "leave it" to setuid(2).
constexpr uint64_t kHighestId = 0xfffffffe;

// One account as a store describes it.  Ids that a store gives by name stay
// names until the client has proved itself (resolve_ids).
struct Account {
  SecretKind kind = SecretKind::Locked;
  DigestMethod digest = DigestMethod::Md5;  // if kind is Digest
  lib::Secret stored;  // the hash, the plain secret or what kind says
  lib::Secret clear;   // the plain secret beside a hash, for APOP and CRAM-MD5
  const char* damaged_scheme = nullptr;  // of a damaged secret, for the log
  std::optional<uid_t> uid;
  std::optional<gid_t> gid;
  // The ids of a system account that also decides about this one: the account
  // whose secret is used (users/assign), or the one of the same name
  // (--system-users).
  std::optional<uid_t> system_uid;
  std::optional<gid_t> system_gid;
  std::string uid_name;
  std::string gid_name;
  std::string home;
  std::string shell;
  std::string maildir;             // empty: the account names none
  std::string vpopmail_user;       // the name within its domain; else empty
  std::string allow_nets;          // CIDR,... or kLocal; see limited_nets
  bool limited_nets = false;       // allow_nets was given, perhaps empty
  bool nologin = false;            // the store forbids POP logins
  bool expired = false;            // by the ages in /etc/shadow
  bool locked = false;             // the system's account of this name is
  bool has_system_groups = false;  // the system's group file applies
};

// A place where accounts are kept.
struct Store {
  enum class Kind { System, PasswdFile, SystemUsers, Vpopmail, QmailUsers };

  Kind kind = Kind::System;
  const char* path = nullptr;  // a passwd-file, or qmail's directory
};

// The answer to one login.
struct Lookup {
  bool found = false;
  Account account;
  // Refusals hash with this setting if the account has no hash of its own.  It
  // is the first hash met in the stores, or the preferred method's setting if
  // that hash costs too much (choose_dummy).  Empty: the stores hold no hash.
  HashText dummy;
  const Store* store = nullptr;  // the one that knows the login

  // Keeps the first candidate that is a hash.
  void offer_dummy(std::string_view candidate);
};

// Asks the stores in their order.  The first that knows login decides.  The
// others are asked all the same, so that every login costs alike.  An error is
// temporary (a file that cannot be read, a damaged entry of this very account),
// and log says where.
lib::Status look_up(std::span<const Store> stores, const char* login,
                    const lib::Log& log, Lookup& into);

// A file whose name ends so is a cdb (checkpw-mkdb(8)), any other is text.
constexpr std::string_view kCdbSuffix = ".cdb";

// Each of these asks one store.  If into.found is already set, into.account is
// left as it is.  After an error, into.found tells whether the account exists.
lib::Status look_up_file(const char* path, std::string_view login,
                         const lib::Log& log, Lookup& into);
lib::Status look_up_system(const char* login, const lib::Log& log,
                           Lookup& into);
// A passwd-file of users of the system.  An account is refused if the system's
// account of that name is locked, expired, root's, or missing.
lib::Status look_up_system_users(const char* path, const char* login,
                                 const lib::Log& log, Lookup& into);
// directory is qmail's, which holds users/cdb.
lib::Status look_up_vpopmail(const char* directory, std::string_view login,
                             const lib::Log& log, Lookup& into);
lib::Status look_up_qmail_users(const char* directory, std::string_view login,
                                const lib::Log& log, Lookup& into);

// Looks up the system's account of this name.  If wanted is true, system gets
// it, and its expiry and ids also decide about into.account.  If wanted is
// false, the search is made only because of the time it takes.
lib::Status add_system_account(const char* name, bool wanted,
                               const lib::Log& log, Lookup& into,
                               Lookup& system);

// Sets ids, home and shell from an entry of the system, whose group file then
// applies.
void set_owner(const passwd& entry, Account& account);

// For stores: sets kind and stored from a field like "{PLAIN}secret".  Returns
// nullptr, or the name of the damaged part.
const char* set_secret(std::string_view field, Account& account);

// Replaces the names of user and group by their numbers.  An id that the store
// left empty becomes that of this process; for root that is an error (code 0).
lib::Status resolve_ids(Account& account);

}  // namespace checkpw
