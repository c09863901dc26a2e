// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/result.hpp"

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace dk::storage {

/// What the data readers keep between runs: indices of text files, inflated files, rows of other
/// machines' files. Every entry is a
/// file that any process may use or remove at any time: what is open stays readable. Thread-safe,
/// and safe between processes.
class CacheDirectory {
 public:
  static constexpr std::uint64_t kDefaultLimitBytes = std::uint64_t{20} << 30;

  /// `$DK_CACHE_DIR`, `$XDG_CACHE_HOME/distributed-keras`, `~/.cache/distributed-keras`, or a
  /// directory of this user among the temporary ones. Created when it is written to.
  static CacheDirectory standard();
  explicit CacheDirectory(std::filesystem::path path, std::uint64_t limit = kDefaultLimitBytes);

  /// Where an entry is, whether it is there or not. `source` must exist; the name changes with its
  /// path, size, time of change, and `what`.
  [[nodiscard]] Result<std::filesystem::path> entry(const std::filesystem::path& source,
                                                    std::string_view what) const;
  /// The same for what has no source on this machine: `what` has to tell all its states apart.
  [[nodiscard]] std::filesystem::path entry_named(std::string_view what) const;

  /// Writes an entry: `write` fills the temporary file whose path it is given, which then takes its
  /// place. Afterwards the entries that were not used for longest are removed until all of them fit
  /// into the limit; small entries may go beyond it by a sixteenth before anyone looks.
  [[nodiscard]] Result<void> put(
      const std::filesystem::path& entry,
      const std::function<Result<void>(const std::filesystem::path&)>& write) const;

  /// Notes that an entry is used, which keeps it from being removed soon. False if it is not there.
  [[nodiscard]] bool use(const std::filesystem::path& entry) const;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  void trim(const std::filesystem::path& keep) const;

  std::filesystem::path path_;
  std::uint64_t limit_;
  /// Written since all entries were last looked at, by this object and its copies.
  std::shared_ptr<std::atomic<std::uint64_t>> unseen_;
};

}  // namespace dk::storage
