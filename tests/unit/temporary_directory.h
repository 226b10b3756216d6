// SPDX-License-Identifier: ISC
#pragma once

#include <cstdlib>
#include <filesystem>
#include <initializer_list>
#include <string>

namespace unit {

// A new directory with these folders; removed with all its contents at the end.
class TemporaryDirectory {
 public:
  explicit TemporaryDirectory(std::initializer_list<const char*> folders) {
    std::string name = std::filesystem::temp_directory_path() / "unit.XXXXXX";
    if (mkdtemp(name.data()) == nullptr) abort();
    path_ = name;
    for (const char* folder : folders)
      std::filesystem::create_directories(path_ / folder);
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  ~TemporaryDirectory() { std::filesystem::remove_all(path_); }

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] std::filesystem::path operator/(const char* name) const {
    return path_ / name;
  }

 private:
  std::filesystem::path path_;
};

}  // namespace unit
