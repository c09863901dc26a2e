// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/metrics/auc.hpp"

#include "model/metrics/probabilities.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace dk::model {
namespace {

/// What is positive above a threshold.
struct Counts {
  double hits = 0;
  double false_alarms = 0;

  [[nodiscard]] double positives() const { return hits + false_alarms; }
};

struct Point {
  double x = 0;
  double y = 0;
};

/// The area under precision over recall between two thresholds, times all positive targets: the
/// integral of slope * (1 + intercept / P) dP, with TP = slope * P + intercept.
double interpolated_precision(const Counts& from, const Counts& to) {
  const double hits = from.hits - to.hits;
  const double slope = ratio(hits, std::max(from.positives() - to.positives(), 0.0));
  const double intercept = to.hits - slope * to.positives();
  const bool both = from.positives() > 0 && to.positives() > 0;
  return slope * (hits + (both ? intercept * std::log(from.positives() / to.positives()) : 0));
}

class Auc : public NamedMetric {
 public:
  Auc(std::string name, const nlohmann::json& arguments, std::size_t thresholds,
      Probabilities probabilities)
      : NamedMetric("AUC", std::move(name), arguments),
        precision_(arguments["curve"] == "PR"),
        summation_(arguments["summation_method"]),
        thresholds_(thresholds),
        probabilities_(std::move(probabilities)) {}

  [[nodiscard]] std::size_t sum_count() const override { return 2 * thresholds_; }

  void add(const LossBatch& batch, std::span<double> sums) const override {
    const auto positive = sums.first(thresholds_);
    const auto negative = sums.last(thresholds_);
    probabilities_.each(batch, [&](const LossBatch& part) {
      for (std::size_t r = 0; r < part.rows; ++r) {
        const double weight = weight_of(part, r);
        if (weight == 0) continue;
        for (std::size_t i = r * part.size; i < (r + 1) * part.size; ++i) {
          const auto& buckets = part.targets[i] != 0 ? positive : negative;
          if (std::isnan(part.outputs[i])) {
            buckets[0] = std::numeric_limits<double>::quiet_NaN();
          } else {
            buckets[bucket(part.outputs[i])] += weight;
          }
        }
      }
    });
  }

  [[nodiscard]] double value(std::span<const double> sums) const override {
    const auto positive = sums.first(thresholds_);
    const auto negative = sums.last(thresholds_);
    Counts all;
    for (const double weight : positive) all.hits += weight;
    for (const double weight : negative) all.false_alarms += weight;
    if (!(all.positives() > 0)) return std::numeric_limits<double>::quiet_NaN();
    double area = 0;
    Counts above;  // From the highest threshold down; above it is nothing.
    for (std::size_t i = thresholds_ - 1; i-- > 0;) {
      const Counts below{above.hits + positive[i], above.false_alarms + negative[i]};
      if (precision_ && summation_ == "interpolation") {
        area += ratio(interpolated_precision(below, above), all.hits);
      } else {
        area += between(point(below, all), point(above, all));
      }
      above = below;
    }
    return area;
  }

 private:
  /// The number of the last threshold below it.
  [[nodiscard]] std::size_t bucket(float output) const {
    const float inside = std::clamp(output, 0.0F, 1.0F);
    const float number = std::ceil(inside * static_cast<float>(thresholds_ - 1)) - 1;
    return static_cast<std::size_t>(std::max(number, 0.0F));
  }

  [[nodiscard]] Point point(const Counts& counts, const Counts& all) const {
    const double recall = ratio(counts.hits, all.hits);
    if (precision_) return {recall, ratio(counts.hits, counts.positives())};
    return {ratio(counts.false_alarms, all.false_alarms), recall};
  }

  [[nodiscard]] double between(const Point& a, const Point& b) const {
    const double height = summation_ == "interpolation" ? (a.y + b.y) / 2
                          : summation_ == "minoring"    ? std::min(a.y, b.y)
                                                        : std::max(a.y, b.y);
    return (a.x - b.x) * height;
  }

  bool precision_;
  std::string summation_;
  std::size_t thresholds_;
  Probabilities probabilities_;
};

Result<std::unique_ptr<Metric>> make_auc(ConfigReader& config, const MetricTarget& target,
                                         std::string name) {
  constexpr std::int64_t kMostThresholds = 1'000'000;
  const auto thresholds = config.integer("num_thresholds", 200, 2, kMostThresholds);
  nlohmann::json arguments{
      {"num_thresholds", thresholds},
      {"curve", config.choice("curve", "ROC", {"ROC", "PR"})},
      {"summation_method", config.choice("summation_method", "interpolation",
                                         {"interpolation", "minoring", "majoring"})},
      {"from_logits", config.boolean("from_logits", false)}};
  config.only_null({"thresholds", "num_labels", "label_weights"});
  config.only("multi_label", false);
  MetricTarget of = target;
  if (arguments["from_logits"] == true) {
    if (!target.logits_of.empty()) {
      config.problem(fmt::format("from_logits is true; the output ends in {}", target.logits_of));
    }
    of.logits_of = "sigmoid";
  }
  DK_TRY(config.finish());
  DK_TRY(need_dense_targets(target, "auc"));
  DK_TRY_ASSIGN(Probabilities probabilities, Probabilities::make(of));
  return std::make_unique<Auc>(std::move(name), arguments, static_cast<std::size_t>(thresholds),
                               std::move(probabilities));
}

constexpr MetricKind kAuc[] = {{"auc", "AUC", make_auc}};

}  // namespace

std::span<const MetricKind> auc_metrics() {
  return kAuc;
}

}  // namespace dk::model
