// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/result.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace dk {

/// What is logged, how and where. An executor has its daemon's, but for the file.
struct LogSettings {
  std::string level = "info";          ///< one of `names_of_log_levels`
  std::string format = "text";         ///< or "json": one object per line
  std::filesystem::path file{};        ///< empty: standard error
  std::uint64_t max_bytes = 64 << 20;  ///< of the file; then it is renamed FILE.1.EXT and so on
  std::uint32_t keep = 5;              ///< renamed files
};
[[nodiscard]] const std::vector<std::string>& names_of_log_levels();

/// Whose lines these are; an executor's have its job, too.
struct LogSource {
  std::string node;
  std::string role;  ///< "supervisor", "standby", "node" or "executor"
  std::uint64_t job = 0;
  std::uint64_t executor = 0;  ///< its incarnation
};

/// All that this process logs goes there from now on. Errors go to standard error, too, so that
/// whoever started it sees why it ended. kIo: the file cannot be written.
///
///     2026-11-23 09:30:00.123 info b joined cluster 58b1...
///     {"time":"2026-11-23T09:30:00.123Z","level":"info","node":"b","role":"node","message":"..."}
///
/// JSON has `job` and `executor` of an executor's line, and `worker` where it speaks of one.
Result<void> start_logging(const LogSettings& settings, const LogSource& source);

/// For an executor's environment: its daemon's settings as one JSON object, and back. kInvalid.
[[nodiscard]] std::string to_json(const LogSettings& settings, const std::string& node);
struct ExecutorLog {
  LogSettings settings;
  std::string node;
};
Result<ExecutorLog> executor_log_from_json(const std::string& text);

/// A line of the log as an object. `worker` is taken from a message such as "worker 3 begins ...".
[[nodiscard]] std::string json_log_line(const LogSource& source, std::int64_t unix_milliseconds,
                                        std::string_view level, std::string_view message);

}  // namespace dk
