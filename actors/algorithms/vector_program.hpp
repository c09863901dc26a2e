// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace dk {

/// What a coordinator that holds no parameters has the shards do: linear combinations of their
/// vectors, one after the other, then scalar products. Vector 0 is the centre, vector 1 + i the
/// algorithm's slot i. Every shard runs it over its own range; a scalar product of whole vectors is
/// the sum over the shards.
struct VectorProgram {
  struct Term {
    std::uint32_t vector = 0;
    double factor = 0;
  };
  /// target <- sum_k factor_k vector_k, each as it was before; without terms, zero.
  struct Combination {
    std::uint32_t target = 0;
    std::vector<Term> terms;
  };
  struct Dot {
    std::uint32_t left = 0;
    std::uint32_t right = 0;
  };

  std::uint64_t number = 0;  ///< from 1; grows. A shard runs each once.
  /// Contributions to blocks before this one belong to a pass that is over: they change nothing.
  std::uint64_t first_block = 0;
  std::vector<Combination> combinations;
  std::vector<Dot> dots;
};

/// kInvalid when it names a vector that is not one of `vectors`.
Result<void> check(const VectorProgram& program, std::size_t vectors);

/// Runs a checked program over one part of every vector and adds its scalar products, summed in
/// float64, to `sums`, one for each dot.
void run(const VectorProgram& program, std::span<const std::span<float>> vectors,
         std::span<double> sums);

}  // namespace dk
