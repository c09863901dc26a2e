// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/logic/consensus_types.hpp"
#include "base/result.hpp"

#include <chrono>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace dk {

/// One candidate's view of who leads and of what is durable: Raft's rules (Ongaro and Ousterhout,
/// 2014) over a state instead of a log. An entry is applied to the store as it comes; a candidate
/// whose history is not a beginning of the leader's gets the whole state in its place. A leader is
/// elected by a majority of the candidates that the newest entry names, for a term; only one whose
/// history is at least as new as the voter's; and it counts an entry as committed once a majority
/// has it durably and it is of its own term. Before an election a candidate asks whether it would
/// win one (so that a candidate that comes back unseats nobody), and nobody votes against a leader
/// that he hears. A leader that does not hear a majority steps down.
///
/// No threads, no clock. After every call: send `take_messages()`, look at `leads()` and
/// `committed()`. Messages may be lost, late, repeated and reordered. What the store refuses to
/// write has not happened: nothing that depends on it is sent.
class Consensus {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  using Duration = std::chrono::steady_clock::duration;

  struct Config {
    Candidate self;
    Duration heartbeat{};
    /// A candidate that has not heard a leader for between one and one and a half of these asks for
    /// votes.
    Duration election{};
    std::size_t message_bytes = std::size_t{1} << 20;  ///< about so much in one message
    std::size_t recent_bytes = std::size_t{8} << 20;   ///< entries kept for those who lag
    std::uint64_t seed = 0;
  };
  struct Mail {
    std::string to;  ///< a candidate's name
    ConsensusMessage message;
  };

  /// `facts` is what the store had. Facts without members: it belongs to no cluster yet, and waits
  /// for a leader's word.
  Consensus(Config config, ConsensusStore& store, ConsensusFacts facts, TimePoint now);

  void tick(TimePoint now);
  void receive(const Candidate& from, const ConsensusMessage& message, TimePoint now);
  /// Leader only (kUnavailable): writes it here and offers it to the others; its position.
  Result<ConsensusPosition> propose(std::string change, TimePoint now);
  /// Founds a cluster of one.
  Result<void> found(TimePoint now);
  /// Leads no more, for instance because it cannot read its own state.
  void resign(TimePoint now);
  [[nodiscard]] std::vector<Mail> take_messages() { return std::exchange(messages_, {}); }

  /// Elected, and everything that was ever committed is in its store, and known to be committed.
  [[nodiscard]] bool leads() const { return role_ == Role::kLeader && committed_ >= first_own_; }
  [[nodiscard]] std::uint64_t term() const { return facts_.term; }
  /// Of one's own term, as leader: entries up to this index are durable for good.
  [[nodiscard]] std::uint64_t committed() const { return committed_; }
  [[nodiscard]] const ConsensusFacts& facts() const { return facts_; }
  /// Who leads, as far as it is known; null if not.
  [[nodiscard]] const Candidate* leader() const;
  [[nodiscard]] bool member() const { return find_member(config_.self.name) != nullptr; }
  /// Why the leader does not take this candidate, or empty.
  [[nodiscard]] const std::string& refusal() const { return refusal_; }
  /// Leader only: those that follow it, and how many entries' positions they are behind.
  [[nodiscard]] std::map<std::string, FollowerStatus> followers(TimePoint now) const;

 private:
  enum class Role { kFollower, kAsking, kLeader };  // kAsking: for votes, or whether it would win
  struct Follower {
    Candidate who;
    std::optional<ConsensusPosition> match;  ///< what it has of our history
    ConsensusPosition sent;
    TimePoint heard;
    std::shared_ptr<const std::string> image;  ///< the whole state, on its way
    ConsensusPosition image_position;
    std::vector<Candidate> image_members;
    std::uint32_t next_piece = 0;
  };

  void asked_for_vote(const Candidate& from, const ConsensusMessage& message, TimePoint now);
  void voted(const Candidate& from, const ConsensusMessage& message, TimePoint now);
  void append(const Candidate& from, const ConsensusMessage& message, TimePoint now);
  void appended(const Candidate& from, const ConsensusMessage& message, TimePoint now);
  void piece(const Candidate& from, const ConsensusMessage& message, TimePoint now);
  void sought(const Candidate& from, TimePoint now);

  [[nodiscard]] bool follow(std::uint64_t term, const Candidate* leader, TimePoint now);
  void ask(bool trial, TimePoint now);
  void lead(TimePoint now);
  Result<ConsensusPosition> add(std::string change, std::vector<Candidate> members);
  void count();
  void admit(TimePoint now);
  void offer(Follower& follower);
  void send_image(Follower& follower);
  void send_piece(Follower& follower);
  void send_position(const Candidate& to, bool taken);
  void send(const std::string& to, ConsensusMessage message);
  void wait(TimePoint now);
  [[nodiscard]] bool in_history(const ConsensusPosition& position) const;
  [[nodiscard]] const Candidate* find_member(const std::string& name) const;
  [[nodiscard]] std::size_t majority() const { return facts_.members.size() / 2 + 1; }

  Config config_;
  ConsensusStore& store_;
  ConsensusFacts facts_;
  std::mt19937_64 random_;
  Role role_ = Role::kFollower;
  bool trial_ = false;
  std::set<std::string> votes_;
  Candidate leader_;  ///< without a name: unknown
  TimePoint heard_;   ///< from the leader
  TimePoint deadline_;
  TimePoint next_heartbeat_;
  std::string refusal_;

  std::uint64_t first_own_ = 0;
  std::uint64_t committed_ = 0;
  std::uint64_t members_since_ = 0;
  std::map<std::string, Follower> followers_;
  ConsensusPosition base_;  ///< before the first of recent_
  std::deque<ConsensusEntry> recent_;
  std::size_t recent_bytes_ = 0;

  std::string image_;  ///< what has come of it
  ConsensusPosition image_position_;
  std::uint64_t image_term_ = 0;
  std::uint32_t image_pieces_ = 0;
  std::vector<Mail> messages_;
};

}  // namespace dk
