// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/metrics/regression.hpp"

#include "model/losses/read_object.hpp"
#include "model/metrics/probabilities.hpp"

#include <cmath>

namespace dk::model {
namespace {

using MadeMetric = Result<std::unique_ptr<Metric>>;

/// Sums: of the weighted losses, of the weights.
class MeanOfLoss : public NamedMetric {
 public:
  /// `loss` takes what `probabilities` makes of the outputs.
  MeanOfLoss(std::string_view class_name, std::string name, nlohmann::json arguments,
             std::unique_ptr<Loss> loss, Probabilities probabilities)
      : NamedMetric(class_name, std::move(name), std::move(arguments)),
        loss_(std::move(loss)),
        sign_(loss_->name() == "cosine_similarity" ? -1 : 1),
        probabilities_(std::move(probabilities)) {}

  [[nodiscard]] std::size_t sum_count() const override { return 2; }

  void add(const LossBatch& batch, std::span<double> sums) const override {
    probabilities_.each(batch, [&](const LossBatch& part) {
      LossBatch rows = part;
      rows.gradient = nullptr;
      sums[0] += sign_ * (*loss_)(rows);
      for (std::size_t r = 0; r < rows.rows; ++r) sums[1] += weight_of(rows, r);
    });
  }

  [[nodiscard]] double value(std::span<const double> sums) const override {
    return sums[0] / sums[1];
  }

 private:
  std::unique_ptr<Loss> loss_;
  double sign_;
  Probabilities probabilities_;
};

class RootMeanSquaredError : public MeanOfLoss {
 public:
  using MeanOfLoss::MeanOfLoss;
  [[nodiscard]] double value(std::span<const double> sums) const override {
    return std::sqrt(MeanOfLoss::value(sums));
  }
};

MadeMetric make_rmse(ConfigReader& config, const MetricTarget& target, std::string name) {
  DK_TRY(config.finish());
  DK_TRY(need_dense_targets(target, "root_mean_squared_error"));
  DK_TRY_ASSIGN(auto loss, make_loss(nlohmann::json("mse")));
  DK_TRY_ASSIGN(Probabilities probabilities, Probabilities::make(target));
  return std::make_unique<RootMeanSquaredError>("RootMeanSquaredError", std::move(name),
                                                nlohmann::json::object(), std::move(loss),
                                                std::move(probabilities));
}

/// Four sums for each column, weighted: of t, of t^2, of (t - y)^2, of 1.
class R2Score : public NamedMetric {
 public:
  R2Score(std::string name, nlohmann::json aggregation, std::size_t columns,
          Probabilities probabilities)
      : NamedMetric("R2Score", std::move(name), {{"class_aggregation", aggregation}}),
        by_variance_(aggregation == "variance_weighted_average"),
        separate_(aggregation.is_null()),
        columns_(columns),
        probabilities_(std::move(probabilities)) {}

  [[nodiscard]] std::size_t sum_count() const override { return 4 * columns_; }

  void add(const LossBatch& batch, std::span<double> sums) const override {
    probabilities_.each(batch, [&](const LossBatch& part) {
      for (std::size_t r = 0; r < part.rows; ++r) {
        const double weight = weight_of(part, r);
        if (weight == 0) continue;
        for (std::size_t i = 0; i < part.size; ++i) {
          const double t = part.targets[r * part.size + i];
          const double d = t - part.outputs[r * part.size + i];
          double* column = sums.data() + 4 * i;
          column[0] += weight * t;
          column[1] += weight * t * t;
          column[2] += weight * d * d;
          column[3] += weight;
        }
      }
    });
  }

  [[nodiscard]] double value(std::span<const double> sums) const override {
    double total = 0;
    double weights = 0;
    for (std::size_t i = 0; i < sums.size(); i += 4) {
      const auto column = sums.subspan(i, 4);
      const double weight = by_variance_ ? variation(column) : 1;
      total += weight * score(column);
      weights += weight;
    }
    return total / weights;
  }

  [[nodiscard]] std::vector<double> table(std::span<const double> sums) const override {
    std::vector<double> scores;
    if (!separate_) return scores;
    for (std::size_t i = 0; i < sums.size(); i += 4) scores.push_back(score(sums.subspan(i, 4)));
    return scores;
  }

 private:
  static double variation(std::span<const double> column) {
    return column[1] - column[0] * column[0] / column[3];
  }
  static double score(std::span<const double> column) {
    const double score = 1 - column[2] / variation(column);
    return std::isinf(score) ? 0 : score;
  }

  bool by_variance_;
  bool separate_;
  std::size_t columns_;
  Probabilities probabilities_;
};

MadeMetric make_r2_score(ConfigReader& config, const MetricTarget& target, std::string name) {
  nlohmann::json aggregation = "uniform_average";
  const nlohmann::json* given = config.find("class_aggregation");
  if (given != nullptr && given->is_null()) {
    aggregation = nullptr;
  } else {
    aggregation = config.choice("class_aggregation", "uniform_average",
                                {"uniform_average", "variance_weighted_average"});
  }
  config.only("num_regressors", 0);
  DK_TRY(config.finish());
  DK_TRY(need_dense_targets(target, "r2_score"));
  DK_TRY_ASSIGN(Probabilities probabilities, Probabilities::make(target));
  return std::make_unique<R2Score>(std::move(name), std::move(aggregation), target.size,
                                   std::move(probabilities));
}

constexpr MetricKind kRegression[] = {
    {"root_mean_squared_error", "RootMeanSquaredError", make_rmse},
    {"r2_score", "R2Score", make_r2_score},
};

}  // namespace

std::span<const MetricKind> regression_metrics() {
  return kRegression;
}

MadeMetric make_mean_of_loss(std::string_view loss_name, const nlohmann::json& config,
                             const MetricTarget& target, std::string name) {
  DK_TRY_ASSIGN(auto loss, make_loss(KerasObject{std::string(loss_name), config}));
  if (loss->sparse_targets() != target.sparse_targets || loss->min_outputs() > target.size) {
    return fail(Errc::kInvalid,
                "metric {} does not fit an output of {} values with {} in a row of its targets",
                loss->name(), target.size, target.sparse_targets ? 1 : target.size);
  }
  // Back from what the loss is called in a file to what the metric is.
  const nlohmann::json object = loss->config();
  std::string class_name = object["class_name"].get<std::string>();
  if (class_name == "LogCosh") class_name = "LogCoshError";
  nlohmann::json arguments = object["config"];
  arguments.erase("name");
  arguments.erase("reduction");
  MetricTarget of = target;
  if (!target.logits_of.empty() && loss->fused_activation() == target.logits_of) {
    loss = loss->from_logits();
    of.logits_of = {};
  }
  DK_TRY_ASSIGN(Probabilities probabilities, Probabilities::make(of));
  return std::make_unique<MeanOfLoss>(class_name, std::move(name), std::move(arguments),
                                      std::move(loss), std::move(probabilities));
}

}  // namespace dk::model
