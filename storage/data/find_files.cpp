// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage/data/find_files.hpp"

#include <glob.h>

#include <algorithm>

namespace dk::storage {
namespace {

Result<std::vector<std::filesystem::path>> match(const std::string& pattern) {
  glob_t found{};
  const int code = ::glob(pattern.c_str(), GLOB_NOSORT | GLOB_ERR, nullptr, &found);
  std::vector<std::filesystem::path> paths(found.gl_pathv, found.gl_pathv + found.gl_pathc);
  ::globfree(&found);
  if (code == GLOB_NOMATCH || (code == 0 && paths.empty())) {
    return fail(Errc::kNotFound, "{}: no file has such a name", pattern);
  }
  if (code != 0) return fail(Errc::kIo, "{}: cannot list the files", pattern);
  std::sort(paths.begin(), paths.end(),
            [](const auto& a, const auto& b) { return a.native() < b.native(); });
  return paths;
}

}  // namespace

Result<std::vector<std::filesystem::path>> find_files(std::span<const std::string> patterns) {
  std::vector<std::filesystem::path> all;
  for (const auto& pattern : patterns) {
    std::error_code code;
    const bool exists = std::filesystem::exists(pattern, code);
    if (exists || pattern.find_first_of("*?[") == std::string::npos) {
      if (!exists) {
        return fail(Errc::kNotFound, "{}: {}", pattern,
                    code ? code.message() : "No such file or directory");
      }
      all.emplace_back(pattern);
      continue;
    }
    DK_TRY_ASSIGN(const auto matches, match(pattern));
    all.insert(all.end(), matches.begin(), matches.end());
  }
  return all;
}

}  // namespace dk::storage
