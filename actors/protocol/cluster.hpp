// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/logic/consensus_types.hpp"
#include "actors/protocol/inspect.hpp"
#include "base/ids.hpp"

#include <caf/actor_control_block.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

// Who belongs to the cluster, who leads it, and what nodes are told to start.

namespace dk {

/// How to reach an actor: dial `host:port` for a direct link (a handle that came through a third
/// node is routed through it), or use the handle as it is when the host is empty (same process).
struct Peer {
  std::string host;
  std::uint16_t port = 0;
  caf::strong_actor_ptr handle;
};
DK_INSPECT(Peer, x.host, x.port, x.handle)

struct NodePeer {
  std::string name;
  Peer agent;
};
DK_INSPECT(NodePeer, x.name, x.agent)

/// A node's daemon introduces itself.
struct NodeInfo {
  std::uint32_t protocol = protocol_version();
  std::string name;
  std::string cluster;  ///< empty before its first join
  std::uint32_t cores = 0;
  Peer agent;
  std::vector<Incarnation> executors{};         ///< that live here; those that do not are gone
  std::uint64_t memory_bytes = 0;               ///< for executors; 0: not known
  std::map<std::string, std::string> labels{};  ///< given by its operator
  std::int64_t certificate_ends = 0;            ///< seconds since 1970; 0: it has none
};
DK_INSPECT(NodeInfo, x.protocol, x.name, x.cluster, x.cores, x.agent, x.executors, x.memory_bytes,
           x.labels, x.certificate_ends)

/// Who can be the supervisor; a supervisor of a lower term has been replaced.
struct Supervisors {
  std::uint64_t term = 0;
  std::vector<Peer> doors;  ///< of all candidates
};
DK_INSPECT(Supervisors, x.term, x.doors)

struct Joined {
  std::string cluster;
  Incarnation incarnation;             ///< none: a standby was asked, the others may lead
  caf::strong_actor_ptr supervisor{};  ///< ends when it leads no more
  Supervisors supervisors{};
};
DK_INSPECT(Joined, x.cluster, x.incarnation, x.supervisor, x.supervisors)

/// Start one executor.
struct ExecutorLaunch {
  JobId job;
  Incarnation incarnation;
  std::uint64_t term = 0;  ///< of the supervisor that wants it
};
DK_INSPECT(ExecutorLaunch, x.job, x.incarnation, x.term)

/// An executor process is gone.
struct ExecutorExit {
  JobId job;
  Incarnation incarnation;
  std::string reason;  ///< "killed by signal 9 (Killed)", "exited with 1"
};
DK_INSPECT(ExecutorExit, x.job, x.incarnation, x.reason)

DK_INSPECT(Candidate, x.name, x.seat, x.host, x.port, x.http)
DK_INSPECT(ConsensusPosition, x.term, x.index)
DK_INSPECT(ConsensusEntry, x.position, x.change, x.members)
DK_INSPECT(ConsensusMessage, x.kind, x.seat, x.term, x.position, x.trial, x.granted, x.entries,
           x.number, x.pieces, x.text, x.members, x.leader)

/// Between candidates for the supervisor.
struct CandidateMail {
  std::uint32_t protocol = protocol_version();
  std::string cluster;  ///< empty before it belongs to one
  Peer door;            ///< of the sender
  Candidate from;
  ConsensusMessage message;
};
DK_INSPECT(CandidateMail, x.protocol, x.cluster, x.door, x.from, x.message)

}  // namespace dk
