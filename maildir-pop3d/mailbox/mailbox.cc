// SPDX-License-Identifier: ISC
#include "maildir-pop3d/mailbox/mailbox.h"

#include "lib/text/text.h"

namespace pop3d {

std::optional<size_t> Mailbox::find(std::string_view number) const {
  const auto wanted = lib::parse_number(number, size());
  if (!wanted || *wanted == 0) return std::nullopt;
  const size_t n = static_cast<size_t>(*wanted) - 1;
  if (is_deleted(n)) return std::nullopt;
  return n;
}

void Mailbox::mark_deleted(size_t n) {
  if (!marks_) marks_.emplace(size() / 8 + 1);
  char& byte = marks_->data()[n / 8];
  byte = static_cast<char>(byte | 1 << (n % 8));
  ++deleted_count_;
  deleted_octets_ += catalog_.octets(n);
  touch(n);
}

void Mailbox::release_memory() {
  catalog_.release_memory();
  if (list_ != nullptr) list_->release_memory();
}

void Mailbox::reset() {
  if (marks_) marks_->release();
  deleted_count_ = 0;
  deleted_octets_ = 0;
  last_ = 0;
}

}  // namespace pop3d
