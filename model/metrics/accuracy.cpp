// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/metrics/accuracy.hpp"

#include "model/config_reader.hpp"

#include <algorithm>

namespace dk::model {
namespace {

std::size_t largest(const float* row, std::size_t size) {
  return static_cast<std::size_t>(std::max_element(row, row + size) - row);
}

std::uint64_t count_categorical(const LossBatch& batch) {
  std::uint64_t correct = 0;
  for (std::size_t r = 0; r < batch.n; ++r) {
    const std::size_t at = r * batch.size;
    correct +=
        largest(batch.outputs + at, batch.size) == largest(batch.targets + at, batch.size) ? 1 : 0;
  }
  return correct;
}

std::uint64_t count_sparse(const LossBatch& batch) {
  std::uint64_t correct = 0;
  for (std::size_t r = 0; r < batch.n; ++r) {
    const std::size_t predicted = largest(batch.outputs + r * batch.size, batch.size);
    correct += static_cast<float>(predicted) == batch.targets[r] ? 1 : 0;
  }
  return correct;
}

std::uint64_t count_binary(const LossBatch& batch) {
  std::uint64_t correct = 0;
  for (std::size_t r = 0; r < batch.n; ++r) {
    correct += (batch.outputs[r] > 0.5F ? 1.0F : 0.0F) == batch.targets[r] ? 1 : 0;
  }
  return correct;
}

constexpr Metric kBinary{"binary_accuracy", count_binary};
constexpr Metric kCategorical{"categorical_accuracy", count_categorical};
constexpr Metric kSparse{"sparse_categorical_accuracy", count_sparse};

}  // namespace

Result<Metric> find_metric(std::span<const std::string> names, const Loss& loss,
                           std::size_t output_size) {
  const Metric fitting = output_size == 1 ? kBinary : loss.sparse_targets ? kSparse : kCategorical;
  for (const std::string& name : names) {
    if (name == "accuracy" || name == "acc" || name == fitting.name) continue;
    const auto known = known_metrics();
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      return fail(Errc::kInvalid, "unknown metric {}{}; supported: {}", show(nlohmann::json(name)),
                  suggestion(name, known), listed(known));
    }
    return fail(Errc::kInvalid, "metric {} does not fit the loss {} with {} outputs; {} does", name,
                loss.name, output_size, fitting.name);
  }
  return names.empty() ? Metric{} : fitting;
}

std::vector<std::string> known_metrics() {
  return {"accuracy", "acc", std::string(kBinary.name), std::string(kCategorical.name),
          std::string(kSparse.name)};
}

}  // namespace dk::model
