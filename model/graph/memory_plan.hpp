// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace dk::model {

/// A tensor's place in the one buffer of a model's steps, needed from moment `first` to moment
/// `last` of a step, both included.
struct MemoryBlock {
  std::size_t floats = 0;
  std::uint32_t first = 0;
  std::uint32_t last = 0;
  std::size_t offset = 0;  ///< In floats, a multiple of 16 (64 bytes).
};

/// Gives every block an offset, so that blocks that are needed at the same moment do not overlap;
/// returns the floats that all need together. Greedy, the largest first: close to the best in
/// practice (Pisarchyk and Lee, 2020, "greedy by size").
std::size_t plan_memory(std::span<MemoryBlock> blocks);

}  // namespace dk::model
