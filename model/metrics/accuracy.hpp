// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/losses/loss.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace dk::model {

/// Counts the samples of a batch whose outputs say the right thing. Logits will do for outputs
/// wherever the largest one decides.
struct Metric {
  std::string_view name;
  std::uint64_t (*count)(const LossBatch& batch) = nullptr;
};

/// The one that these names mean for a model with this loss and number of outputs. `accuracy` and
/// `acc` choose as Keras does: one output: binary (above 0.5), sparse targets: sparse categorical,
/// else categorical. kInvalid when a name is unknown or does not fit, or two names disagree.
/// `count` is nullptr when there are no names.
[[nodiscard]] Result<Metric> find_metric(std::span<const std::string> names, const Loss& loss,
                                         std::size_t output_size);
[[nodiscard]] std::vector<std::string> known_metrics();

}  // namespace dk::model
