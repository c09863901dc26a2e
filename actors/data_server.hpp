// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/protocol.hpp"
#include "storage/data/cache_directory.hpp"

#include <cstddef>
#include <cstdint>

namespace dk {

struct DataServerConfig {
  storage::CacheDirectory cache = storage::CacheDirectory::standard();
  /// Sources that are open at the same time; the one used least recently is closed for another.
  std::size_t most_open = 8;
  /// What inflated files of one source may take; larger ones go to the cache.
  std::uint64_t memory_bytes = std::uint64_t{16} << 20;
};

/// Lends rows of this node's data files. Has a thread for each open source, so that one that takes
/// long to open or to read holds up no other. `get` opens what is not open, and so needs nothing
/// from before a restart; it is refused (kInvalid, with the source's name) when the files changed
/// since they were opened, when their fingerprint is another, and for more than
/// Tensor::kMaxFloats of features or labels.
DataServerActor::behavior_type data_server(DataServerActor::pointer self, DataServerConfig config);

}  // namespace dk
