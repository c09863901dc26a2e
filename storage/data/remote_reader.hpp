// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "storage/data/cache_directory.hpp"
#include "storage/data/reader.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>

namespace dk::storage {

/// A data set whose files are on other machines, as those machines read them.
struct RemoteSource {
  std::string source;  ///< which files and how they are read: the canonical JSON of a SourceConfig
  std::string files;   ///< for messages
  Schema schema;
  std::uint64_t rows = 0;
  std::uint64_t group_rows = 1;
  bool features_are_bytes = false;
  bool may_miss = false;          ///< whether a feature may be NaN
  std::uint64_t fingerprint = 0;  ///< of the files, as `storage::fingerprint`
};

/// Gets rows [first, first + count) from another machine, as Reader::read has them; waits for them.
/// Called by any thread.
using FetchRows = std::function<Result<void>(std::uint64_t first, std::size_t count,
                                             std::span<float> x, std::span<float> y)>;

struct RemoteAccess {
  FetchRows fetch;
  CacheDirectory cache = CacheDirectory::standard();
  /// Told when the cache cannot be written, once; the rows are there all the same.
  std::function<void(const Error&)> warn;
};

/// A reader that differs from that of the files in nothing but where they are. It fetches blocks of
/// whole groups of rows, about 1 MiB of floats, each once, and keeps them in the cache under names
/// that depend on source and fingerprint, with a checksum; features that are bytes stay bytes
/// there. Threads that want the same block wait for one fetch. A few blocks stay in memory.
/// Thread-safe.
///
/// kInvalid when the source cannot be so: no rows, no features, a row of more than 2^20 floats.
/// `read` passes on what `fetch` says; values that no reader could give are kCorrupt.
Result<std::shared_ptr<const Reader>> make_remote_reader(RemoteSource source, RemoteAccess access);

/// Floats of features, or of labels, that one fetch asks for at most.
inline constexpr std::size_t kMostFetchedFloats = std::size_t{1} << 20;

}  // namespace dk::storage
