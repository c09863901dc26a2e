// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/metrics/accuracy.hpp"

#include "model/losses/crossentropy.hpp"
#include "model/metrics/probabilities.hpp"

#include <algorithm>
#include <cmath>

namespace dk::model {
namespace {

std::size_t largest(const float* row, std::size_t size) {
  return static_cast<std::size_t>(std::max_element(row, row + size) - row);
}

/// The weighted mean of `right(batch, row)`.
class MeanOverRows : public NamedMetric {
 public:
  using NamedMetric::NamedMetric;
  [[nodiscard]] std::size_t sum_count() const final { return 2; }
  [[nodiscard]] double value(std::span<const double> sums) const final { return sums[0] / sums[1]; }

 protected:
  template <class Right>
  static void add_rows(const LossBatch& batch, std::span<double> sums, const Right& right) {
    for (std::size_t r = 0; r < batch.rows; ++r) {
      const double weight = weight_of(batch, r);
      if (weight == 0) continue;
      sums[0] += weight * right(batch.outputs + r * batch.size, r);
      sums[1] += weight;
    }
  }
};

class BinaryAccuracy : public MeanOverRows {
 public:
  BinaryAccuracy(std::string name, double threshold, Probabilities probabilities)
      : MeanOverRows("BinaryAccuracy", std::move(name), {{"threshold", threshold}}),
        threshold_(static_cast<float>(threshold)),
        probabilities_(std::move(probabilities)) {}

  void add(const LossBatch& batch, std::span<double> sums) const override {
    probabilities_.each(batch, [&](const LossBatch& part) {
      add_rows(part, sums, [&](const float* outputs, std::size_t r) {
        const float* targets = part.targets + r * part.size;
        std::size_t right = 0;
        for (std::size_t i = 0; i < part.size; ++i) {
          right += (outputs[i] > threshold_ ? 1.0F : 0.0F) == targets[i] ? 1 : 0;
        }
        return static_cast<double>(right) / static_cast<double>(part.size);
      });
    });
  }

 private:
  float threshold_;
  Probabilities probabilities_;
};

class CategoricalAccuracy : public MeanOverRows {
 public:
  explicit CategoricalAccuracy(std::string name)
      : MeanOverRows("CategoricalAccuracy", std::move(name), {}) {}

  void add(const LossBatch& batch, std::span<double> sums) const override {
    add_rows(batch, sums, [&](const float* outputs, std::size_t r) {
      const std::size_t target = largest(batch.targets + r * batch.size, batch.size);
      return largest(outputs, batch.size) == target ? 1.0 : 0.0;
    });
  }
};

class SparseCategoricalAccuracy : public MeanOverRows {
 public:
  explicit SparseCategoricalAccuracy(std::string name)
      : MeanOverRows("SparseCategoricalAccuracy", std::move(name), {}) {}

  void add(const LossBatch& batch, std::span<double> sums) const override {
    add_rows(batch, sums, [&](const float* outputs, std::size_t r) {
      return static_cast<float>(largest(outputs, batch.size)) == batch.targets[r] ? 1.0 : 0.0;
    });
  }
};

/// Whether fewer than k outputs are above that of the class.
bool is_in_top(const float* outputs, std::size_t size, std::size_t target, std::size_t k) {
  const float own = outputs[target];
  if (!std::isfinite(own)) return false;
  std::size_t above = 0;
  for (std::size_t i = 0; i < size; ++i) {
    if (!std::isfinite(outputs[i])) return false;
    above += outputs[i] > own ? 1 : 0;
  }
  return above < k;
}

class TopKAccuracy : public MeanOverRows {
 public:
  TopKAccuracy(std::string name, std::size_t k, bool sparse)
      : MeanOverRows(sparse ? "SparseTopKCategoricalAccuracy" : "TopKCategoricalAccuracy",
                     std::move(name), {{"k", k}}),
        k_(k),
        sparse_(sparse) {}

  void add(const LossBatch& batch, std::span<double> sums) const override {
    add_rows(batch, sums, [&](const float* outputs, std::size_t r) {
      if (!sparse_) {
        const std::size_t target = largest(batch.targets + r * batch.size, batch.size);
        return is_in_top(outputs, batch.size, target, k_) ? 1.0 : 0.0;
      }
      if (!is_class(batch.targets[r], batch.size)) return 0.0;
      const auto target = static_cast<std::size_t>(batch.targets[r]);
      return is_in_top(outputs, batch.size, target, k_) ? 1.0 : 0.0;
    });
  }

 private:
  std::size_t k_;
  bool sparse_;
};

using MadeMetric = Result<std::unique_ptr<Metric>>;

MadeMetric make_binary(ConfigReader& config, const MetricTarget& target, std::string name) {
  const double threshold = config.number("threshold", 0.5, -1e30, 1e30);
  DK_TRY(config.finish());
  DK_TRY(need_dense_targets(target, "binary_accuracy"));
  DK_TRY_ASSIGN(Probabilities probabilities, Probabilities::make(target));
  return std::make_unique<BinaryAccuracy>(std::move(name), threshold, std::move(probabilities));
}

MadeMetric make_categorical(ConfigReader& config, const MetricTarget& target, std::string name) {
  DK_TRY(config.finish());
  DK_TRY(need_dense_targets(target, "categorical_accuracy"));
  return std::make_unique<CategoricalAccuracy>(std::move(name));
}

Result<void> need_sparse_targets(const MetricTarget& target, std::string_view metric) {
  if (target.sparse_targets) return {};
  return fail(Errc::kInvalid,
              "metric {} does not fit: it takes one class number for each row, and this output's "
              "loss takes {} targets",
              metric, target.size);
}

MadeMetric make_sparse(ConfigReader& config, const MetricTarget& target, std::string name) {
  DK_TRY(config.finish());
  DK_TRY(need_sparse_targets(target, "sparse_categorical_accuracy"));
  return std::make_unique<SparseCategoricalAccuracy>(std::move(name));
}

MadeMetric make_top_k(ConfigReader& config, const MetricTarget& target, std::string name) {
  const std::size_t k = config.count("k", 5);
  DK_TRY(config.finish());
  DK_TRY(need_dense_targets(target, "top_k_categorical_accuracy"));
  return std::make_unique<TopKAccuracy>(std::move(name), k, /*sparse=*/false);
}

MadeMetric make_sparse_top_k(ConfigReader& config, const MetricTarget& target, std::string name) {
  const std::size_t k = config.count("k", 5);
  DK_TRY(config.finish());
  DK_TRY(need_sparse_targets(target, "sparse_top_k_categorical_accuracy"));
  return std::make_unique<TopKAccuracy>(std::move(name), k, /*sparse=*/true);
}

constexpr MetricKind kAccuracies[] = {
    {"binary_accuracy", "BinaryAccuracy", make_binary},
    {"categorical_accuracy", "CategoricalAccuracy", make_categorical},
    {"sparse_categorical_accuracy", "SparseCategoricalAccuracy", make_sparse},
    {"top_k_categorical_accuracy", "TopKCategoricalAccuracy", make_top_k},
    {"sparse_top_k_categorical_accuracy", "SparseTopKCategoricalAccuracy", make_sparse_top_k},
};

}  // namespace

std::span<const MetricKind> accuracy_metrics() {
  return kAccuracies;
}

MadeMetric make_accuracy(const MetricTarget& target, std::string name) {
  const nlohmann::json defaults = nlohmann::json::object();
  ConfigReader config(defaults, "accuracy");
  const auto make = target.sparse_targets ? make_sparse
                    : target.size == 1    ? make_binary
                                          : make_categorical;
  return make(config, target, std::move(name));
}

}  // namespace dk::model
