// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/event_log.hpp"
#include "actors/protocol.hpp"
#include "storage/state_store.hpp"

#include <caf/allowed_unsafe_message_type.hpp>

#include <memory>
#include <vector>

namespace dk {

/// Changes of the supervisor's durable state, and the events that are in them.
struct JournalEntry {
  storage::StateBatch batch;
  JobId job;
  EventLog::Position events;
};
using JournalEntryPtr = std::shared_ptr<const JournalEntry>;
using ManifestScanPtr = std::shared_ptr<const storage::StateStore::ManifestScan>;

}  // namespace dk

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(dk::JournalEntryPtr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(dk::ManifestScanPtr)

namespace dk {

/// The supervisor's state store on a thread of its own: nothing else in a supervisor waits for the
/// disk.
using JournalActor = caf::typed_actor<
    // Answers once the entry is durable; its events are then published.
    caf::replies_to<put_atom, JournalEntryPtr>::with<bool>,
    // The first of so many fresh incarnations; durable.
    caf::replies_to<get_atom, std::uint64_t>::with<Incarnation>,
    // A fresh job id; durable.
    caf::replies_to<get_atom>::with<JobId>>;

/// Blocks on the disk: spawn it with `spawn_blocking`.
JournalActor::behavior_type journal_actor(JournalActor::pointer self,
                                          std::shared_ptr<storage::StateStore> store,
                                          std::shared_ptr<EventLog> log);

}  // namespace dk
