// SPDX-License-Identifier: GPL-3.0-or-later
// Workers and a shard without actors: what the runtime does around an algorithm, in order.
#pragma once

#include "actors/algorithms/registry.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace dk::toy {

using Vector = std::vector<float>;

/// The registered algorithm, or a failed test and a dead process.
std::unique_ptr<const Algorithm> make(const std::string& name,
                                      const nlohmann::json& parameters = nlohmann::json::object(),
                                      std::uint32_t workers = 2, std::uint32_t epoch_share = 100);

/// `count` vectors of zeros, and the spans of them that an algorithm is handed.
class SlotVectors {
 public:
  SlotVectors(std::uint32_t count, std::size_t size);
  std::vector<std::span<float>> spans();
  [[nodiscard]] const Vector& operator[](std::size_t slot) const { return vectors_[slot]; }

 private:
  std::vector<Vector> vectors_;
};

struct Worker {
  const Algorithm* algorithm;
  std::uint32_t id;
  Vector theta;
  Vector theta0;
  SlotVectors slots;
  std::uint32_t steps = 0;     ///< of the window that is under way
  std::uint64_t sequence = 0;  ///< of its newest contribution

  Worker(const Algorithm& algorithm, std::uint32_t id, const Vector& centre);

  /// One mini-batch: `change(theta)` is what the worker's own optimizer adds.
  void step(const std::function<Vector(const Vector&)>& change);
  void step(const Vector& change);
  Vector contribute();
  void accept(const Vector& reply);
};

class Shard {
 public:
  Shard(const Algorithm& algorithm, Vector centre);

  [[nodiscard]] const Vector& centre() const { return centre_; }
  [[nodiscard]] const SlotVectors& slots() const { return slots_; }

  /// A worker begins: what others send from now on makes it stale. One who was not welcomed is not
  /// stale the first time.
  void welcome(std::uint32_t worker);
  /// Takes a contribution in once, and answers it each time.
  Vector take(std::uint32_t worker, std::uint64_t sequence, const Vector& contribution);
  /// Takes the newest contribution of that worker out again.
  void revert(std::uint32_t worker);
  void combine(const std::vector<Vector>& contributions);

  [[nodiscard]] std::uint64_t staleness(std::uint32_t worker) const;
  [[nodiscard]] std::uint64_t taken() const { return taken_; }

 private:
  struct Newest {
    std::uint64_t sequence = 0;
    std::uint64_t seen = 0;
    TakeContext context;
    Vector contribution;
    Vector reply;
  };

  const Algorithm& algorithm_;
  Vector centre_;
  SlotVectors slots_;
  std::uint64_t taken_ = 0;
  std::map<std::uint32_t, Newest> newest_;
};

/// The worker sends its window and takes the answer in.
void exchange(Worker& worker, Shard& shard);
/// Every one of them contributes; the round closes; they go on from it.
void close_round(const std::vector<Worker*>& workers, Shard& shard);

}  // namespace dk::toy
