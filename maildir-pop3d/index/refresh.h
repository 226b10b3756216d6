// SPDX-License-Identifier: ISC
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "maildir-pop3d/index/catalog.h"
#include "maildir-pop3d/index/reader.h"
#include "maildir-pop3d/maildir/maildir.h"

namespace pop3d {

// maildir-pop3d.new or maildir-pop3d.cur, in the Maildir.
const char* index_name(Folder folder);
// Makes use of the Maildir's buffer.
std::optional<IndexReader> open_index(Maildir& maildir, Folder folder);

// Whether what is known of a message counts by its name and inode, or only
// where the file also looks as it did when its octets were counted.
enum class Trust { Names, Fingerprints };

// The octets that a message was found to make, in place of what was known.
struct Correction {
  std::string unique;
  uint64_t inode;
  uint64_t octets;
  uint32_t fingerprint;  // of the file that was read
};

// Reads the names in the directory and writes its index; catalog tells the
// octets of known messages, corrections of some of them; the others are
// counted.  First waits, up to a tenth of a second, until changes just made
// cannot hide later ones.  Where a unique name stands twice, or a file cannot
// be read or has gone meanwhile, the index is written without them and does not
// pass for settled: the next session decides such cases anew, and reads nothing
// else again.  Where the index that is there is not settled either and says the
// same it stays.
void write_index(Maildir& maildir, Folder folder, const Catalog& catalog,
                 Trust trust, std::span<const Correction> corrections);

// The same, settled and without a look at the directory, where the catalog,
// all of it in memory, is known to tell what it holds in this state.  False
// where a unique name stands twice or a file has two names: then the
// directory has to be read.
bool write_known_index(const Maildir& maildir, Folder folder,
                       const Catalog& catalog, const DirectoryState& state);

}  // namespace pop3d
