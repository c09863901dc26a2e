// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/support/simulated_network.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <vector>

namespace dk::simulation {

/// The newest lines of a run: time, from, to, message, and what became of it.
class Trace {
 public:
  Trace(test::DeterministicSystem& system, const test::SimulatedNetwork& network);

  /// This text differs between processes that play the same schedule, and is left out.
  void hide(std::string text) { hidden_.push_back(std::move(text)); }
  void add(const test::Passage& passage);
  void add(const std::string& line);
  [[nodiscard]] std::vector<std::string> lines() const { return {lines_.begin(), lines_.end()}; }
  /// Of every line so far in full, also of those that are not kept, and of the floats in messages.
  /// Equal in every process that plays the same schedule.
  [[nodiscard]] std::uint64_t fingerprint() const { return fingerprint_; }

 private:
  static constexpr std::size_t kLines = 200000;

  void note(const std::string& line, bool kept);
  void mix(std::span<const std::byte> bytes);
  [[nodiscard]] std::string text_of(const test::Passage& passage) const;

  test::DeterministicSystem& system_;
  const test::SimulatedNetwork& network_;
  std::chrono::steady_clock::time_point start_;
  std::vector<std::string> hidden_;
  std::deque<std::string> lines_;
  std::uint64_t fingerprint_ = 0;
};

}  // namespace dk::simulation
