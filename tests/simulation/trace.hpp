// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/support/simulated_network.hpp"

#include <cstddef>
#include <deque>
#include <string>
#include <vector>

namespace dk::simulation {

/// The newest lines of a run: time, from, to, message, and what became of it.
class Trace {
 public:
  Trace(test::DeterministicSystem& system, const test::SimulatedNetwork& network)
      : system_(system), network_(network), start_(system.now()) {}

  void add(const test::Passage& passage);
  void add(const std::string& line);
  [[nodiscard]] std::vector<std::string> lines() const { return {lines_.begin(), lines_.end()}; }

 private:
  static constexpr std::size_t kLines = 200000;

  test::DeterministicSystem& system_;
  const test::SimulatedNetwork& network_;
  std::chrono::steady_clock::time_point start_;
  std::deque<std::string> lines_;
};

}  // namespace dk::simulation
