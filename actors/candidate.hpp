// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/api/gateway.hpp"
#include "actors/candidate_store.hpp"
#include "actors/journal.hpp"
#include "actors/protocol.hpp"
#include "actors/supervisor.hpp"
#include "storage/state_store.hpp"

#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace dk {

/// What a candidate knows about who leads; see `candidate_actor`.
struct Leadership {
  bool leads = false;
  std::optional<Candidate> leader;
  Supervisors supervisors;
  /// When it has begun to lead: what is to be gone on with.
  std::deque<StoredJob> jobs;
  std::set<std::string> drained;
};
using LeadershipPtr = std::shared_ptr<const Leadership>;

}  // namespace dk

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(dk::LeadershipPtr)

namespace dk {

/// The door of this process hears of every change of leadership.
using LocalDoorActor = LocalSupervisorActor::extend<caf::reacts_to<elect_atom, CandidateMail>,
                                                    // From the candidate.
                                                    caf::reacts_to<elect_atom, LeadershipPtr>>;

/// The journal of a supervisor's state that several machines keep (actors/logic/consensus.hpp). An
/// answer means that a majority of the candidates has it. Every request names the term of the
/// supervisor that asks: kStaleIncarnation when that leads no more.
using CandidateActor = caf::typed_actor<
    caf::reacts_to<elect_atom, CandidateMail>,
    caf::replies_to<put_atom, std::uint64_t, JournalEntryPtr>::with<bool>,
    caf::replies_to<get_atom, std::uint64_t, std::uint64_t>::with<Incarnation>,
    caf::replies_to<get_atom, std::uint64_t>::with<JobId>,
    // The candidates as a JSON array: `name`, `role` ("supervisor", "standby"), `votes`,
    // `copy` of the state ("in_sync", "behind", "lost").
    caf::replies_to<get_atom>::with<std::string>,
    // It is reached by this door, at this port, from now on, and its HTTP API at HOST:PORT. Answers
    // when it has done what it can do without others: a cluster of one has its supervisor.
    caf::replies_to<join_atom, LocalDoorActor, std::uint16_t, std::string>::with<bool>,
    // INTERNAL.
    caf::reacts_to<tick_atom>>;

struct CandidateConfig {
  std::string cluster;
  std::string name;
  std::string host;            ///< of its door; empty: all in one process
  bool founds = false;         ///< a cluster of its own, if it belongs to none
  std::vector<Peer> contacts;  ///< doors of other candidates
  std::shared_ptr<storage::KeyValueStore> entries;
  std::shared_ptr<EventLog> log;
  std::uint64_t seed = 0;
  /// Runs when the supervisor will never take this candidate, or it cannot read what it has stored.
  std::function<void(const Error&)> on_refused;
};

/// Whether a supervisor could go on from what a candidate has stored. kCorrupt names the record.
[[nodiscard]] Result<void> check_candidate_state(std::shared_ptr<storage::KeyValueStore> entries);

/// Blocks on the disk: spawn it with `spawn_blocking`.
CandidateActor::behavior_type candidate_actor(CandidateActor::pointer self, CandidateConfig config);

/// A supervisor's journal in one term of its: passes everything on to the candidate.
JournalActor::behavior_type journal_desk(JournalActor::pointer self, CandidateActor candidate,
                                         std::uint64_t term);

/// What another thread may want to know of a door.
class Standing {
 public:
  void set(std::optional<Elsewhere> leader) {
    const std::lock_guard lock(mutex_);
    elsewhere_ = std::move(leader);
  }
  /// None: the supervisor is here.
  [[nodiscard]] std::optional<Elsewhere> elsewhere() const {
    const std::lock_guard lock(mutex_);
    return elsewhere_;
  }

 private:
  mutable std::mutex mutex_;
  std::optional<Elsewhere> elsewhere_ = Elsewhere{"no supervisor is elected yet", {}};
};

struct DoorConfig {
  std::function<std::string()> cluster;  ///< a standby's own is known after its first join
  std::string own_node;
  CandidateActor candidate;
  std::shared_ptr<Standing> standing = std::make_shared<Standing>();
};

/// The one actor that a candidate's node publishes: starts a supervisor when the candidate is
/// elected, ends it and its jobs when it is no more, and leads everybody to it in between.
LocalDoorActor::behavior_type supervisor_door(LocalDoorActor::pointer self, DoorConfig config);

}  // namespace dk
