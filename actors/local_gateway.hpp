// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/api/gateway.hpp"
#include "actors/event_log.hpp"
#include "actors/supervisor.hpp"
#include "storage/chunk_store.hpp"
#include "storage/state_store.hpp"

#include <caf/actor_system.hpp>

#include <cstddef>
#include <functional>
#include <memory>

namespace dk {

/// The gateway of the process that the supervisor lives in. Validation and reading run on the
/// caller's thread. Of the jobs that have ended the newest `keep_jobs` are kept; the others are
/// forgotten when a job is handed in.
[[nodiscard]] std::unique_ptr<Gateway> make_local_gateway(
    caf::actor_system& system, LocalSupervisorActor supervisor,
    std::shared_ptr<storage::StateStore> state, std::shared_ptr<storage::ChunkStore> chunks,
    std::shared_ptr<EventLog> log, std::size_t keep_jobs,
    std::function<std::optional<Elsewhere>()> elsewhere = {});

}  // namespace dk
