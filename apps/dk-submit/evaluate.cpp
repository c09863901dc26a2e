// SPDX-License-Identifier: GPL-3.0-or-later
#include "apps/dk-submit/evaluate.hpp"

#include "actors/evaluation.hpp"
#include "apps/dk-submit/trained_model.hpp"

#include <algorithm>
#include <cmath>

namespace dk::submit {
namespace {

/// Numbers of one class decision; 0: the model makes none.
std::size_t decision_width(const model::Model& model) {
  const auto shapes = model.network().output_shapes();
  if (shapes.size() != 1) return 0;
  return shapes[0].empty() ? 1 : shapes[0].back();
}

/// A sparse loss reads class numbers as they are; one outside would turn it into NaN.
Result<void> check_class_numbers(const model::Model& model, const storage::Dataset& data,
                                 std::span<const float> targets, std::size_t first) {
  const auto width = decision_width(model);
  if (width == 0 || model.target_size() == model.output_size()) return {};
  for (std::size_t i = 0; i < targets.size(); ++i) {
    const bool is_class = targets[i] >= 0 && targets[i] < static_cast<float>(width) &&
                          targets[i] == std::floor(targets[i]);
    if (is_class) continue;
    return fail(Errc::kInvalid, "{}: the label is {}; allowed: a whole number from 0 to {}",
                data.where(first + i / model.target_size()), targets[i], width - 1);
  }
  return {};
}

Result<void> check_sizes(const model::Model& model, const storage::Dataset& data) {
  if (model.target_size() == 0) {
    return fail(Errc::kInvalid, "no loss to evaluate the model with");
  }
  DK_TRY(check_inputs(model, data.schema(), data.where(0)));
  if (data.target_size() == model.target_size()) return {};
  return fail(Errc::kInvalid, "{}: a sample has {} labels behind the transforms; the loss takes {}",
              data.where(0), data.target_size(), model.target_size());
}

}  // namespace

Result<Evaluation> evaluate(model::Model& model, const storage::Dataset& data,
                            const ClassRule& rule, const std::function<void(std::size_t)>& done) {
  DK_TRY(check_sizes(model, data));
  Evaluation result;
  const auto width = decision_width(model);
  if (width > 0) result.classes.emplace(std::max<std::size_t>(2, width));
  std::size_t first = 0;
  const auto look = [&](std::span<const float> x, std::span<const float> y,
                        std::size_t n) -> Result<void> {
    DK_TRY(check_class_numbers(model, data, y, first));
    first += n;
    if (result.classes &&
        !result.classes->add(y, model.predict(x, n), n * (model.output_size() / width), rule)) {
      result.classes.reset();
    }
    if (done) done(n);
    return {};
  };
  DK_TRY_ASSIGN(const auto sums, evaluate_model(model, data, look));
  result.samples = sums.loss.samples;
  result.loss = sums.loss.loss_sum / static_cast<double>(sums.loss.samples);
  result.metrics = model.metric_values(sums.metrics);
  return result;
}

}  // namespace dk::submit
