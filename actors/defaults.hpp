// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

/// Every tunable of the runtime that a descriptor does not set.
namespace dk::defaults {

using namespace std::chrono_literals;

// -- the wire -----------------------------------------------------------------

/// Parameters travel in parts of at most this many floats (1 MiB): a heartbeat never waits behind
/// more than that.
inline constexpr std::size_t kPartFloats = std::size_t{1} << 18;
/// Parts that a worker has under way to one shard; bounds the memory of an exchange on both sides.
inline constexpr std::size_t kPartsInFlight = 4;
/// BASP heartbeats, and how long a peer may be silent before its link counts as lost.
inline constexpr auto kHeartbeat = 250ms;
inline constexpr auto kSilence = 2s;
/// Operations that a primary has under way to its backup.
inline constexpr std::size_t kReplicaOperationsInFlight = 16;
/// While a backup is filled, workers are answered at once until so many operations wait for it.
inline constexpr std::size_t kReplicaBacklog = 64;

// -- answers that are waited for --------------------------------------------------

/// A connection to a peer that is there; a second retry of the kernel's first packet is in it.
inline constexpr auto kConnectPatience = 3500ms;
/// Dialling a peer, the connection included.
inline constexpr auto kDialTimeout = 5s;
/// A part of an exchange; the part is sent again after that.
inline constexpr auto kExchangeTimeout = 10s;
/// A control message between job and executor, and a read or write of a chunk.
inline constexpr auto kControlTimeout = 10s;
/// Restoring shards, loading data.
inline constexpr auto kStartTimeout = 120s;
/// Another node opens data files: reads a table once for its index. And one round after the other
/// of asking nodes for rows; less than kLeaseTimeout, so that the reason is told.
inline constexpr auto kDataOpenTimeout = 90s;
inline constexpr auto kDataPatience = 40s;
/// The final evaluation.
inline constexpr auto kEvaluateTimeout = 600s;
/// An executor process that has been started attaches within this.
inline constexpr auto kAttachTimeout = 30s;

// -- supervision ---------------------------------------------------------------

/// A job looks around (checkpoint due, leases expired, progress to tell) this often.
inline constexpr auto kTick = 100ms;
/// A look around that comes so late says that the supervisor itself stood still.
inline constexpr auto kLateTick = 2s;
inline constexpr auto kProgressEvery = 1s;
/// A lost link waits this long for the word of waitpid, which knows more.
inline constexpr auto kEvidenceWait = 250ms;
/// Blocks that a worker holds ahead of the one it works on.
inline constexpr std::size_t kLeasesAhead = 2;
/// A worker that has not finished one mini-batch for this long is taken for stuck, until it is
/// known how long a block takes.
inline constexpr auto kLeaseTimeout = 60s;
/// So many finished blocks tell how long one takes; from then on a worker is taken for stuck after
/// so many times that long, though not before the least, and its block goes to a worker that has
/// nothing else to do after so many times that long, though not before the least.
inline constexpr std::size_t kBlocksKnown = 8;
inline constexpr int kStuckAfterBlocks = 8;
inline constexpr auto kLeastStuck = 20s;
inline constexpr int kSlowAfterBlocks = 4;
inline constexpr auto kLeastSlow = 2s;
/// Workers that fail before their first step, one after the other with no step in between, until
/// the weights are taken for diverged; and how often a job goes back for that before it fails.
inline constexpr std::uint32_t kBarrenStarts = 2;
inline constexpr std::uint32_t kMostDivergences = 3;
/// A worker that leaves finishes its block within this.
inline constexpr auto kDrainPatience = 60s;
/// An executor reports at least this often.
inline constexpr auto kReportEvery = 500ms;
/// An idle worker asks again for leases.
inline constexpr auto kLeaseRetry = 50ms;
/// Node agents and executors that have lost the supervisor dial it again this often, executors for
/// so long.
inline constexpr auto kRedial = 500ms;
inline constexpr auto kOrphanPatience = 120s;
/// An executor that cannot reach a shard's executor for so long gives up.
inline constexpr auto kPeerPatience = 20s;
/// A supervisor that comes back waits so long for the executors it knew.
inline constexpr auto kReattachPatience = 8s;
/// After a takeover it is less: who lives has lost the one before already.
inline constexpr auto kTakeoverPatience = 4s;
/// A leading candidate says so this often; one that has not heard a leader for between one and one
/// and a half of the second wants to lead. How often they look around, and ask for a leader.
inline constexpr auto kLeaderHeartbeat = 500ms;
inline constexpr auto kElection = 2s;
inline constexpr auto kCandidateTick = 100ms;
inline constexpr auto kSeekEvery = 500ms;
/// Messages to a candidate that is being dialled.
inline constexpr std::size_t kCandidateBacklog = 64;
/// A job that cannot be placed looks again.
inline constexpr auto kPlacementRetry = 1s;

}  // namespace dk::defaults
