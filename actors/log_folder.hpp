// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <filesystem>

namespace dk {

/// Executors' logs that a machine keeps.
inline constexpr std::size_t kMostExecutorLogs = 1000;

/// Removes the logs of executors (job-*.log) in `folder` that were written to longest ago, until
/// `keep` are left. Other files stay; what cannot be removed stays, too.
void keep_newest_logs(const std::filesystem::path& folder, std::size_t keep);

}  // namespace dk
