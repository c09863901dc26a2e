// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage/data/transforms/fit_pass.hpp"

#include <algorithm>

namespace dk::storage {
namespace {

/// What one side of the rows goes through in one pass.
class SidePass {
 public:
  SidePass(const std::vector<std::unique_ptr<Transform>>& transforms, Side side,
           std::size_t width) {
    std::vector<bool> open(width, false);  // changed by what is not fitted yet
    for (const auto& transform : transforms) {
      if (transform->side() != side) continue;
      const bool any_open = std::find(open.begin(), open.end(), true) != open.end();
      if (transform->fitted()) {
        if (any_open && !transform->elementwise()) break;
        visits_.push_back({transform.get(), false});
        if (!any_open) open.assign(size_of(transform->fields()), false);
        continue;
      }
      const auto inputs = transform->inputs();
      const auto is_open = [&](std::size_t at) { return open[at]; };
      if (std::none_of(inputs.begin(), inputs.end(), is_open)) {
        visits_.push_back({transform.get(), true});
      }
      for (const std::size_t at : inputs) open[at] = true;
    }
    while (!visits_.empty() && !visits_.back().observes) visits_.pop_back();
  }

  void begin() {
    for (const auto& visit : visits_) {
      if (visit.observes) visit.transform->begin_pass();
    }
  }

  Result<void> take(std::size_t rows, std::span<const float> in, const RowName& name) {
    for (const auto& visit : visits_) {
      if (visit.observes) {
        DK_TRY(visit.transform->observe(rows, in, name));
        continue;
      }
      other_.resize(rows * size_of(visit.transform->fields()));
      const auto applied = visit.transform->apply(rows, in, other_);
      if (!applied) return fail_in("among the rows from " + name(0) + " on", applied.error());
      std::swap(buffer_, other_);
      in = buffer_;
    }
    return {};
  }

  Result<void> end() {
    for (const auto& visit : visits_) {
      if (visit.observes) DK_TRY(visit.transform->end_pass());
    }
    return {};
  }

 private:
  /// Fitted transforms change the rows for those behind them, the others look.
  struct Visit {
    Transform* transform;
    bool observes;
  };

  static std::size_t size_of(const std::vector<Field>& fields) {
    std::size_t size = 0;
    for (const auto& field : fields) size += field.size();
    return size;
  }

  std::vector<Visit> visits_;
  std::vector<float> buffer_;
  std::vector<float> other_;
};

}  // namespace

Result<void> fit_pass(const std::vector<std::unique_ptr<Transform>>& transforms,
                      const Reader& training) {
  const auto& schema = training.schema();
  SidePass features(transforms, Side::kFeatures, schema.feature_size());
  SidePass labels(transforms, Side::kLabels, schema.label_size());
  features.begin();
  labels.begin();
  std::vector<float> x;
  std::vector<float> y;
  for (std::uint64_t first = 0; first < training.rows();) {
    const auto rows = static_cast<std::size_t>(
        std::min<std::uint64_t>(training.group_rows(), training.rows() - first));
    x.resize(rows * schema.feature_size());
    y.resize(rows * schema.label_size());
    DK_TRY(training.read(first, rows, x, y));
    const RowName name = [&](std::size_t row) { return training.where(first + row); };
    DK_TRY(features.take(rows, x, name));
    DK_TRY(labels.take(rows, y, name));
    first += rows;
  }
  DK_TRY(features.end());
  return labels.end();
}

}  // namespace dk::storage
