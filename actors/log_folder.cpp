// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/log_folder.hpp"

#include <algorithm>
#include <system_error>
#include <utility>
#include <vector>

namespace dk {

void keep_newest_logs(const std::filesystem::path& folder, std::size_t keep) {
  namespace fs = std::filesystem;
  std::vector<std::pair<fs::file_time_type, fs::path>> logs;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    const auto name = entry->path().filename().string();
    if (!name.starts_with("job-") || !name.ends_with(".log")) continue;
    std::error_code ignored;
    logs.emplace_back(entry->last_write_time(ignored), entry->path());
  }
  if (logs.size() <= keep) return;
  std::ranges::sort(logs);
  logs.resize(logs.size() - keep);
  for (const auto& [time, path] : logs) fs::remove(path, error);
}

}  // namespace dk
