// SPDX-License-Identifier: GPL-3.0-or-later
// A whole job without actors, threads or a clock: workers on a convex problem, in a random order.
#pragma once

#include "actors/logic/pacing.hpp"
#include "base/random.hpp"
#include "tests/actors/algorithms/toy_cluster.hpp"

#include <map>
#include <optional>
#include <string>

namespace dk::toy {

struct SimulationConfig {
  std::uint32_t workers = 2;
  std::uint64_t windows = 100;  ///< contributions until the end
  float learning_rate = 0.08F;  ///< of the workers' own SGD
  std::uint64_t seed = 1;
  bool troubled = true;  ///< workers die and others join; answers are lost and asked for again
};

/// f(x) = 1/2 sum a_i (x_i - t_i)^2, trained by workers of random speeds. Who acts next is drawn;
/// so is who dies, who joins, which answer is lost and which window is short. Whoever may not go
/// on, by the algorithm's pace (actors/logic/pacing.hpp, as in a real job), waits.
class Simulation {
 public:
  Simulation(const Algorithm& algorithm, const SimulationConfig& config);

  /// Trains to the end. What went wrong, empty if nothing did: a deadlock, a bound that was
  /// exceeded.
  std::string run();

  /// The loss of the centre, as a share of what it began with.
  [[nodiscard]] double remaining_loss() const;
  [[nodiscard]] const Vector& start() const { return start_; }
  [[nodiscard]] const Vector& centre() const { return shard_.centre(); }
  /// What the workers know to have been taken in: the sum of what they sent, or, of algorithms that
  /// answer with a difference, the sum of what they gave up.
  [[nodiscard]] const std::vector<double>& acknowledged() const { return acknowledged_; }
  /// The most windows that anybody began ahead of the slowest.
  [[nodiscard]] std::uint64_t furthest_ahead() const { return furthest_ahead_; }
  [[nodiscard]] std::uint64_t repeats() const { return repeats_; }
  [[nodiscard]] std::uint64_t losses() const { return losses_; }

 private:
  struct Member {
    Worker worker;
    std::uint64_t speed = 1;
    std::uint64_t clock = 0;   ///< windows contributed, counted like those of the others
    std::uint32_t length = 0;  ///< of the window under way; 0: none
    std::optional<Vector> sent;
  };

  void join();
  void lose(std::uint32_t id);
  /// False when the worker has to wait.
  bool act(Member& member);
  bool begin_window(Member& member);
  void exchange(Member& member);
  void contribute_to_round(Member& member);
  void open_round();
  void close_round();
  void announce();
  [[nodiscard]] double loss(const Vector& x) const;
  Member* draw(const std::vector<Member*>& from);

  const Algorithm& algorithm_;
  SimulationConfig config_;
  Pace pace_;
  Random random_;
  Vector curvature_;
  Vector target_;
  Vector start_;
  Shard shard_;
  Pacing pacing_;
  std::optional<Round> round_;
  std::uint64_t rounds_ = 0;
  std::map<std::uint32_t, Member> members_;
  std::map<std::uint32_t, Vector> round_contributions_;
  std::uint32_t next_id_ = 1;
  std::uint64_t contributed_ = 0;
  std::uint64_t furthest_ahead_ = 0;
  std::uint64_t repeats_ = 0;
  std::uint64_t losses_ = 0;
  std::vector<double> acknowledged_;
  std::string wrong_;
};

}  // namespace dk::toy
