// SPDX-License-Identifier: ISC
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "lib/result.h"
#include "maildir-pop3d/index/catalog.h"
#include "maildir-pop3d/index/reader.h"
#include "maildir-pop3d/maildir/maildir.h"

namespace pop3d {

// maildir-pop3d.new or maildir-pop3d.cur, in the Maildir.
const char* index_name(Folder folder);
// Uses the Maildir's buffer.
std::optional<IndexReader> open_index(Maildir& maildir, Folder folder);

// When the octets of a known message are believed: if the file has its name and
// inode number, or only if the file's fingerprint is the same as well.
enum class Trust { Names, Fingerprints };

// The octets that a message was found to have, in place of those that were
// known.
struct Correction {
  std::string unique;
  uint64_t inode;
  uint64_t octets;
  uint32_t fingerprint;  // of the file that was read
};

// Reads the names in the directory and writes its index.  Octets come from the
// corrections, from the catalog, from the indexes that are there, and from one
// that was replaced.  Waits first, up to a tenth of a second, until changes
// just made cannot hide later ones.
//
// If a file came during the session, cannot be read or has gone meanwhile, it
// is left out and the index is marked unsettled: the next session re-examines
// only those files.  If the index that is there is not settled either and says
// the same, it stays: otherwise each session of a Maildir that cannot be
// settled would write the whole index again.
//
// Returns an error if the index could not be written.
lib::Status write_index(Maildir& maildir, Folder folder, const Catalog& catalog,
                        Trust trust, std::span<const Correction> corrections,
                        std::optional<IndexReader>& replaced);

// Writes a settled index without reading the directory, whose state and
// contents are known.  The catalog is all in memory.  False if several files
// have one unique name or a file has two names: then the directory has to be
// read.
bool write_known_index(const Maildir& maildir, Folder folder,
                       const Catalog& catalog, const DirectoryState& state);

}  // namespace pop3d
