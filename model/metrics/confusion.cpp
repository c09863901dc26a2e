// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/metrics/confusion.hpp"

#include "model/losses/crossentropy.hpp"
#include "model/metrics/probabilities.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace dk::model {
namespace {

using MadeMetric = Result<std::unique_ptr<Metric>>;

/// Precision or recall: two sums for each threshold, true positives and what they are a part of.
class HitRate : public NamedMetric {
 public:
  HitRate(std::string_view class_name, std::string name, nlohmann::json arguments,
          std::vector<float> thresholds, Probabilities probabilities)
      : NamedMetric(class_name, std::move(name), std::move(arguments)),
        of_targets_(class_name == "Recall"),
        thresholds_(std::move(thresholds)),
        probabilities_(std::move(probabilities)) {}

  void watch_only(std::size_t first, std::size_t end) {
    first_ = first;
    end_ = end;
  }

  [[nodiscard]] std::size_t sum_count() const override { return 2 * thresholds_.size(); }

  void add(const LossBatch& batch, std::span<double> sums) const override {
    probabilities_.each(batch, [&](const LossBatch& part) {
      for (std::size_t r = 0; r < part.rows; ++r) {
        const double weight = weight_of(part, r);
        if (weight != 0) add_row(part, r, weight, sums);
      }
    });
  }

  [[nodiscard]] double value(std::span<const double> sums) const override {
    const std::vector<double> rates = table(sums);
    return std::accumulate(rates.begin(), rates.end(), 0.0) / static_cast<double>(rates.size());
  }

  [[nodiscard]] std::vector<double> table(std::span<const double> sums) const override {
    std::vector<double> rates;
    for (std::size_t i = 0; i < sums.size(); i += 2) rates.push_back(ratio(sums[i], sums[i + 1]));
    return rates;
  }

 private:
  void add_row(const LossBatch& batch, std::size_t r, double weight, std::span<double> sums) const {
    const std::size_t row = r * batch.size;
    for (std::size_t i = row + first_; i < row + std::min(end_, batch.size); ++i) {
      const bool target = batch.targets[i] != 0;
      for (std::size_t t = 0; t < thresholds_.size(); ++t) {
        const bool output = batch.outputs[i] > thresholds_[t];
        if (output && target) sums[2 * t] += weight;
        if (of_targets_ ? target : output) sums[2 * t + 1] += weight;
      }
    }
  }

  bool of_targets_;
  std::vector<float> thresholds_;
  Probabilities probabilities_;
  std::size_t first_ = 0;
  std::size_t end_ = static_cast<std::size_t>(-1);
};

std::vector<float> read_thresholds(ConfigReader& config) {
  const nlohmann::json* given = config.find("thresholds");
  if (given == nullptr || given->is_null()) return {0.5F};
  std::vector<float> thresholds;
  for (const auto& value : given->is_array() ? *given : nlohmann::json::array({*given})) {
    const double number = value.is_number() ? value.get<double>() : -1;
    if (!(number >= 0 && number <= 1)) {
      config.problem(
          fmt::format("thresholds has {}; it must be a number from 0 to 1", show(value)));
      return {0.5F};
    }
    thresholds.push_back(static_cast<float>(number));
  }
  if (thresholds.empty()) config.problem("thresholds is []; it must have one or more");
  return thresholds;
}

MadeMetric make_hit_rate(std::string_view class_name, ConfigReader& config,
                         const MetricTarget& target, std::string name) {
  const std::vector<float> thresholds = read_thresholds(config);
  const nlohmann::json* given = config.find("thresholds");
  nlohmann::json arguments{{"thresholds", given == nullptr ? nlohmann::json() : *given},
                           {"class_id", nullptr}};
  config.only_null({"top_k"});
  const nlohmann::json* class_id = config.find("class_id");
  std::int64_t only = -1;
  if (class_id != nullptr && !class_id->is_null()) {
    only = config.integer("class_id", 0, 0, static_cast<std::int64_t>(target.size) - 1);
    arguments["class_id"] = only;
  }
  DK_TRY(config.finish());
  DK_TRY(need_dense_targets(target, class_name == "Recall" ? "recall" : "precision"));
  DK_TRY_ASSIGN(Probabilities probabilities, Probabilities::make(target));
  auto metric = std::make_unique<HitRate>(class_name, std::move(name), std::move(arguments),
                                          thresholds, std::move(probabilities));
  if (only >= 0) metric->watch_only(static_cast<std::size_t>(only), only + 1UL);
  return metric;
}

MadeMetric make_precision(ConfigReader& config, const MetricTarget& target, std::string name) {
  return make_hit_rate("Precision", config, target, std::move(name));
}

MadeMetric make_recall(ConfigReader& config, const MetricTarget& target, std::string name) {
  return make_hit_rate("Recall", config, target, std::move(name));
}

/// Three sums for each class: true positives, false positives, false negatives.
class F1Score : public NamedMetric {
 public:
  F1Score(std::string name, nlohmann::json average, std::optional<float> threshold,
          std::size_t classes, Probabilities probabilities)
      : NamedMetric("F1Score", std::move(name),
                    {{"average", average},
                     {"threshold", threshold ? nlohmann::json(*threshold) : nullptr}}),
        average_(average.is_string() ? average.get<std::string>() : ""),
        threshold_(threshold),
        classes_(classes),
        probabilities_(std::move(probabilities)) {}

  [[nodiscard]] std::size_t sum_count() const override { return 3 * classes_; }

  void add(const LossBatch& batch, std::span<double> sums) const override {
    probabilities_.each(batch, [&](const LossBatch& part) {
      for (std::size_t r = 0; r < part.rows; ++r) {
        const double weight = weight_of(part, r);
        if (weight != 0) add_row(part, r, weight, sums);
      }
    });
  }

  [[nodiscard]] double value(std::span<const double> sums) const override {
    double all[3] = {0, 0, 0};
    double total = 0;
    double weights = 0;
    for (std::size_t i = 0; i < sums.size(); i += 3) {
      const double weight = average_ == "weighted" ? sums[i] + sums[i + 2] : 1;
      total += weight * score(sums.subspan(i, 3));
      weights += weight;
      for (std::size_t j = 0; j < 3; ++j) all[j] += sums[i + j];
    }
    return average_ == "micro" ? score(all) : ratio(total, weights);
  }

  [[nodiscard]] std::vector<double> table(std::span<const double> sums) const override {
    std::vector<double> scores;
    if (!average_.empty()) return scores;
    for (std::size_t i = 0; i < sums.size(); i += 3) scores.push_back(score(sums.subspan(i, 3)));
    return scores;
  }

 private:
  static double score(std::span<const double> counts) {
    return ratio(2 * counts[0], 2 * counts[0] + counts[1] + counts[2]);
  }

  void add_row(const LossBatch& batch, std::size_t r, double weight, std::span<double> sums) const {
    const float* outputs = batch.outputs + r * batch.size;
    const float largest = *std::max_element(outputs, outputs + batch.size);
    for (std::size_t i = 0; i < batch.size; ++i) {
      // A row of zeros has no positive one.
      const bool output = threshold_ ? outputs[i] > *threshold_
                                     : outputs[i] >= largest && std::fabs(outputs[i]) > 1e-9F;
      const bool target = batch.targets[r * batch.size + i] != 0;
      if (output || target) sums[3 * i + (output ? (target ? 0 : 1) : 2)] += weight;
    }
  }

  std::string average_;
  std::optional<float> threshold_;
  std::size_t classes_;
  Probabilities probabilities_;
};

MadeMetric make_f1_score(ConfigReader& config, const MetricTarget& target, std::string name) {
  nlohmann::json average;
  const nlohmann::json* given = config.find("average");
  if (given != nullptr && !given->is_null()) {
    average = config.choice("average", "macro", {"micro", "macro", "weighted"});
  }
  std::optional<float> threshold;
  given = config.find("threshold");
  if (given != nullptr && !given->is_null()) {
    threshold = static_cast<float>(config.number("threshold", 0.5, 0, 1));
  }
  DK_TRY(config.finish());
  DK_TRY(need_dense_targets(target, "f1_score"));
  DK_TRY_ASSIGN(Probabilities probabilities, Probabilities::make(target));
  return std::make_unique<F1Score>(std::move(name), std::move(average), threshold, target.size,
                                   std::move(probabilities));
}

class ConfusionMatrix : public NamedMetric {
 public:
  ConfusionMatrix(std::string name, const MetricTarget& target, Probabilities probabilities)
      : NamedMetric("", std::move(name), {}),
        sparse_(target.sparse_targets),
        classes_(std::max<std::size_t>(2, target.size)),
        probabilities_(std::move(probabilities)) {}

  [[nodiscard]] std::size_t sum_count() const override { return classes_ * classes_; }

  void add(const LossBatch& batch, std::span<double> sums) const override {
    probabilities_.each(batch, [&](const LossBatch& part) {
      const std::size_t width = sparse_ ? 1 : part.size;
      for (std::size_t r = 0; r < part.rows; ++r) {
        const double weight = weight_of(part, r);
        if (weight == 0) continue;
        const float* target = part.targets + r * width;
        const float label = width == 1 ? *target : static_cast<float>(largest(target, width));
        if (!is_class(label, classes_)) continue;
        const float* outputs = part.outputs + r * part.size;
        const std::size_t said =
            part.size == 1 ? (*outputs > 0.5F ? 1 : 0) : largest(outputs, part.size);
        sums[static_cast<std::size_t>(label) * classes_ + said] += weight;
      }
    });
  }

  [[nodiscard]] double value(std::span<const double> sums) const override {
    double right = 0;
    for (std::size_t i = 0; i < classes_; ++i) right += sums[i * classes_ + i];
    return right / std::accumulate(sums.begin(), sums.end(), 0.0);
  }

  [[nodiscard]] std::vector<double> table(std::span<const double> sums) const override {
    return {sums.begin(), sums.end()};
  }

 private:
  static std::size_t largest(const float* row, std::size_t size) {
    return static_cast<std::size_t>(std::max_element(row, row + size) - row);
  }

  bool sparse_;
  std::size_t classes_;
  Probabilities probabilities_;
};

MadeMetric make_confusion_matrix(ConfigReader& config, const MetricTarget& target,
                                 std::string name) {
  constexpr std::size_t kMostClasses = 1024;
  DK_TRY(config.finish());
  if (target.size > kMostClasses) {
    return fail(Errc::kInvalid, "metric confusion_matrix of {} classes; at most {} are supported",
                target.size, kMostClasses);
  }
  DK_TRY_ASSIGN(Probabilities probabilities, Probabilities::make(target));
  return std::make_unique<ConfusionMatrix>(std::move(name), target, std::move(probabilities));
}

constexpr MetricKind kConfusion[] = {
    {"precision", "Precision", make_precision},
    {"recall", "Recall", make_recall},
    {"f1_score", "F1Score", make_f1_score},
    {"confusion_matrix", "", make_confusion_matrix},
};

}  // namespace

std::span<const MetricKind> confusion_metrics() {
  return kConfusion;
}

}  // namespace dk::model
