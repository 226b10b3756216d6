// SPDX-License-Identifier: ISC
#pragma once

#include <sys/types.h>

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "checkpw/crypt/hash.h"
#include "checkpw/crypt/scheme.h"
#include "lib/crypto/secret.h"
#include "lib/io/log.h"
#include "lib/result.h"

namespace checkpw {

// In allow_nets: a client without a network address.
constexpr std::string_view kLocal = "local";

// One account as a store describes it.  Ids that a store gives by name stay
// names until the client has proved itself (resolve_ids).
struct Account {
  SecretKind kind = SecretKind::Locked;
  lib::Secret stored;  // the hash or the plain secret
  lib::Secret clear;   // plain, besides a hash: for APOP and CRAM-MD5 alone
  std::optional<uid_t> uid;
  std::optional<gid_t> gid;
  // Of an account of the system that is judged beside this one: the lender of
  // the secret (users/assign), or that of this name (--system-users).
  std::optional<uid_t> system_uid;
  std::optional<gid_t> system_gid;
  std::string uid_name;
  std::string gid_name;
  std::string home;
  std::string shell;
  std::string maildir;             // empty: the account names none
  std::string vpopmail_user;       // its name in its domain; empty: no domain
  std::string allow_nets;          // CIDR,... or kLocal; see limited_nets
  bool limited_nets = false;       // allow_nets was given, perhaps empty
  bool nologin = false;            // of a passwd-file
  bool expired = false;            // by /etc/shadow's ages
  bool locked = false;             // as the system's account of this name is
  bool has_system_groups = false;  // the system's group file knows it
};

// Where accounts are kept.
struct Store {
  enum class Kind { System, PasswdFile, SystemUsers, Vpopmail, QmailUsers };

  Kind kind = Kind::System;
  const char* path = nullptr;  // a passwd-file, or qmail's directory
};

// The answer to one login.
struct Lookup {
  bool found = false;
  Account account;
  // What a refusal hashes with where the account has no hash of its own: the
  // first one met in the stores, or the preferred setting if that one is dear
  // (choose_dummy); empty where the stores hold none.
  HashText dummy;

  // Remembers the first candidate that is a hash.
  void offer_dummy(std::string_view candidate);
};

// Asks the stores in their order; the first that knows login wins, the
// others are read all the same, so that every login costs alike.  An error
// is temporary (a file that cannot be read, a damaged line of this very
// account) and log says where.
lib::Status look_up(std::span<const Store> stores, const char* login,
                    const lib::Log& log, Lookup& into);

// A file whose name ends so is a cdb (checkpw-mkdb(8)), any other is text.
constexpr std::string_view kCdbSuffix = ".cdb";

// One store.  If into.found is set already, into.account is left as it is.
// After an error it tells whether the account exists, for the log.
lib::Status look_up_file(const char* path, std::string_view login,
                         const lib::Log& log, Lookup& into);
lib::Status look_up_system(const char* login, const lib::Log& log,
                           Lookup& into);
// A passwd-file of the system's users: what shuts the system's account of that
// name (a lock, an age, root's ids), or that there is none, shuts this one.
lib::Status look_up_system_users(const char* path, const char* login,
                                 const lib::Log& log, Lookup& into);
// directory is qmail's, which holds users/cdb.
lib::Status look_up_vpopmail(const char* directory, std::string_view login,
                             const lib::Log& log, Lookup& into);
lib::Status look_up_qmail_users(const char* directory, std::string_view login,
                                const lib::Log& log, Lookup& into);

// Turns uid and gid names into numbers; where both number and name are
// missing, those of this process unless it is root: an error (code 0).
lib::Status resolve_ids(Account& account);

}  // namespace checkpw
