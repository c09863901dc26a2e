// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/protocol.hpp"
#include "storage/data/dataset.hpp"

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/node_id.hpp>

#include <memory>
#include <mutex>
#include <vector>

namespace dk {
using DatasetPtr = std::shared_ptr<const storage::Dataset>;
}  // namespace dk
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(dk::DatasetPtr)

namespace dk {

/// The nodes that may have data files which this machine does not have. Thread-safe.
class DataNodes {
 public:
  /// As the job told them. The supervisor's node comes last: it has other work, and the others can
  /// die without it.
  void set(const Attached& attached);
  void set(std::vector<NodePeer> nodes);
  [[nodiscard]] std::vector<NodePeer> get() const;

 private:
  mutable std::mutex mutex_;
  std::vector<NodePeer> nodes_;
};

/// Opens files here, or when they do not exist (kNotFound, nothing else) at the first of the nodes
/// that can open them: the reader then fetches rows from that node through its data server, into
/// the cache, and from any other one whose files have the same fingerprint, rows and schema when it
/// dies, is slow, or its files change. A fetch goes round the nodes until kDataPatience; what no
/// node will ever have fails at once. Errors name the files and what every node said.
///
/// Opening and reading block the calling thread, which must be no thread of CAF's scheduler. Where
/// actors get no thread of their own (tests in virtual time) files are opened here only. `system`
/// must outlive the readers.
[[nodiscard]] storage::OpenReader open_here_or_elsewhere(caf::actor_system& system,
                                                         std::shared_ptr<const DataNodes> nodes);

/// Loads a data set, once, and ends with its answer.
using DataLoaderActor = caf::typed_actor<caf::replies_to<open_atom>::with<DatasetPtr>>;

/// Blocks: spawn it with `spawn_blocking`.
DataLoaderActor::behavior_type data_loader(DataLoaderActor::pointer self,
                                           storage::DataConfig config, storage::OpenReader open);

}  // namespace dk
