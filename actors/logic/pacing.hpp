// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/algorithms/algorithm.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <vector>

namespace dk {

/// How much each worker may train now, by the algorithm's pace. A worker that is lost or joins
/// changes what the others wait for at once: nobody waits for the dead. A value, without a clock.
class Pacing {
 public:
  /// `ahead`: leases that a worker may hold beside the one it works on.
  Pacing(Pace pace, std::size_t ahead) : pace_(pace), ahead_(ahead) {}

  [[nodiscard]] bool rounds() const { return pace_.kind == Pace::Kind::kRounds; }

  /// The workers that train now: new ones start where the slowest of the others is.
  void set_workers(const std::set<WorkerId>& workers);
  /// A contribution of this worker is whole in every shard.
  void contributed(WorkerId worker);
  /// Blocks that the worker may be leased now, beside the `held` ones; always 0 in rounds.
  [[nodiscard]] std::size_t allowance(WorkerId worker, std::size_t held) const;

  /// So many leases count as many `allowance`s; for a restarted supervisor.
  [[nodiscard]] nlohmann::json to_json() const;
  /// Takes back what `to_json` wrote; kCorrupt when it is something else.
  Result<void> restore(const nlohmann::json& json);

 private:
  [[nodiscard]] std::uint64_t slowest() const;

  Pace pace_;
  std::size_t ahead_;
  std::uint64_t total_ = 0;  ///< contributions of all
  std::map<WorkerId, std::uint64_t> clocks_;
};

/// One round of a synchronous algorithm: its members train one block each; it closes when enough of
/// them have contributed. A value, without a clock.
class Round {
 public:
  struct Member {
    WorkerId worker;
    Incarnation incarnation;
    std::uint64_t block = 0;
    std::uint64_t sequence = 0;  ///< of its contribution; 0: none yet
    bool operator==(const Member&) const = default;
  };

  Round() = default;
  /// `spare`: members that it does not wait for.
  Round(std::uint64_t number, std::uint32_t spare, std::vector<Member> members);

  [[nodiscard]] std::uint64_t number() const { return number_; }
  [[nodiscard]] const std::vector<Member>& members() const { return members_; }
  [[nodiscard]] bool has(WorkerId worker) const;
  /// False when it is no contribution to this round: of another block, of no member, or too late.
  bool contributed(WorkerId worker, Incarnation incarnation, std::uint64_t block,
                   std::uint64_t sequence);
  /// A contribution that is in stays; a member without one is no longer waited for.
  void lost(WorkerId worker, Incarnation incarnation);

  /// Nobody is left in it.
  [[nodiscard]] bool empty() const { return members_.empty(); }
  [[nodiscard]] bool ready() const;
  /// From now on its contributions are these; returns the members that came too late.
  std::vector<Member> close();
  [[nodiscard]] bool closing() const { return closing_; }

  [[nodiscard]] nlohmann::json to_json() const;
  static Result<Round> from_json(const nlohmann::json& json);

 private:
  std::uint64_t number_ = 0;
  std::uint32_t spare_ = 0;
  bool closing_ = false;
  std::vector<Member> members_;  ///< by worker
};

}  // namespace dk
