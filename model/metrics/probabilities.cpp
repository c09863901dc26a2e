// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/metrics/probabilities.hpp"

#include "base/check.hpp"

namespace dk::model {

Result<Probabilities> Probabilities::make(const MetricTarget& target) {
  constexpr std::size_t kFloatsAtOnce = 4096;
  Probabilities made;
  made.sparse_targets_ = target.sparse_targets;
  if (target.logits_of.empty()) return made;
  made.activation_ = find_activation(target.logits_of);
  DK_CHECK(made.activation_ != nullptr, "logits of no activation");
  made.rows_at_once_ = std::max<std::size_t>(1, kFloatsAtOnce / target.size);
  DK_TRY_ASSIGN(made.scratch_, FloatBuffer::make(made.rows_at_once_ * target.size));
  return made;
}

}  // namespace dk::model
