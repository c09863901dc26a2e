// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/result.hpp"

#include <compare>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace dk {

/// A machine that can be the supervisor.
struct Candidate {
  std::string name;        ///< of its node
  std::uint64_t seat = 0;  ///< of its data directory: a new directory is a new candidate
  std::string host;        ///< where nodes dial it
  std::uint16_t port = 0;
  std::string http;  ///< HOST:PORT of its HTTP API
  bool operator==(const Candidate&) const = default;
};

/// Names a history: two candidates at the same position have the same entries up to it.
struct ConsensusPosition {
  std::uint64_t term = 0;
  std::uint64_t index = 0;
  auto operator<=>(const ConsensusPosition&) const = default;
};

/// One change of the replicated state.
struct ConsensusEntry {
  ConsensusPosition position;
  std::string change;              ///< the store's business
  std::vector<Candidate> members;  ///< the candidates from this entry on; empty: as before
};

/// What a candidate must never forget.
struct ConsensusFacts {
  std::uint64_t term = 0;
  std::string vote;            ///< whom it voted for in this term; empty: nobody
  ConsensusPosition position;  ///< of the newest entry in the state
  std::vector<Candidate> members;
};

/// The durable state of one candidate. Every call is atomic, and on the disk when it returns; after
/// an error nothing has changed.
class ConsensusStore {
 public:
  virtual ~ConsensusStore() = default;
  /// Applies the entries in order, and keeps the facts, in one write.
  [[nodiscard]] virtual Result<void> write(std::span<const ConsensusEntry> entries,
                                           const ConsensusFacts& facts) = 0;
  /// The whole state.
  [[nodiscard]] virtual Result<std::string> image() = 0;
  /// In place of the whole state.
  [[nodiscard]] virtual Result<void> replace(const std::string& image,
                                             const ConsensusFacts& facts) = 0;
};

/// Between candidates, one way; what is lost is said again.
struct ConsensusMessage {
  enum class Kind : std::uint8_t {
    kSeek,      ///< who leads? take me along
    kLeader,    ///< `leader`, or `text`: why not you
    kAsk,       ///< vote for me in `term`; `trial`: would you?
    kVote,      ///< `granted`, in the asker's `term`
    kAppend,    ///< the leader's entries after `position`; without any: it lives
    kAppended,  ///< I am at `position`; not `granted`: your entries did not fit behind it
    kPiece,     ///< the whole state at `position` in pieces
    kTaken,     ///< pieces before `number` are here
  };
  Kind kind = Kind::kSeek;
  std::uint64_t seat = 0;  ///< whom it means; 0: whoever has the name
  std::uint64_t term = 0;
  ConsensusPosition position;
  bool trial = false;
  bool granted = false;
  std::vector<ConsensusEntry> entries;
  std::uint32_t number = 0;
  std::uint32_t pieces = 0;
  std::string text;                ///< of a piece, or a reason
  std::vector<Candidate> members;  ///< in the state that is sent in pieces
  Candidate leader;
};

/// How a leader sees another candidate.
struct FollowerStatus {
  bool voter = false;
  bool alive = false;
  bool in_sync = false;  ///< has everything that is committed
};

}  // namespace dk
