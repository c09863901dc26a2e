// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/parts.hpp"
#include "actors/tensor.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace dk {

/// A shard's vectors of `count` floats each: the weights, then the slots. Copies on write, part by
/// part: a part that was shared and is still referred to is copied when it is written the next
/// time, every other one is written in place. So nobody ever waits for a copy of the whole, and
/// while everything is shared there are at most two copies of it. Belongs to one actor; whoever
/// `share` gave parts to may let go of them on any thread.
class ShardFloats {
 public:
  /// Takes the floats over, one vector after the other; nobody else uses them any more.
  ShardFloats(const std::shared_ptr<float>& values, std::uint64_t count, std::size_t vectors);

  [[nodiscard]] const Parts& parts() const { return parts_; }
  [[nodiscard]] std::size_t vectors() const { return pieces_.size() / parts_.count(); }

  /// Allocates when the part is shared, and never else.
  [[nodiscard]] std::span<float> writable(std::size_t vector, std::uint32_t part);
  /// Every part of every vector, in this order, as it is now: it stays so.
  [[nodiscard]] std::vector<Tensor> share() const;
  /// Reads weights from `offset` on; they may lie in several parts.
  void copy(std::uint64_t offset, std::span<float> out) const;

 private:
  Parts parts_;
  std::vector<std::shared_ptr<float>> pieces_;  ///< vector by vector, part by part
};

}  // namespace dk
