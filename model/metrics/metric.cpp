// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/metrics/metric.hpp"

#include "model/losses/read_object.hpp"
#include "model/metrics/accuracy.hpp"
#include "model/metrics/auc.hpp"
#include "model/metrics/confusion.hpp"
#include "model/metrics/regression.hpp"

#include <algorithm>

namespace dk::model {
namespace {

std::vector<MetricKind> all_kinds() {
  std::vector<MetricKind> kinds;
  for (const auto& some :
       {accuracy_metrics(), confusion_metrics(), auc_metrics(), regression_metrics()}) {
    kinds.insert(kinds.end(), some.begin(), some.end());
  }
  return kinds;
}

/// Keras' name of an instance: the given one, or what was named as a function; empty for the
/// default of a class.
std::string instance_name(const KerasObject& object) {
  const auto given = object.config.find("name");
  if (given != object.config.end() && given->is_string()) return given->get<std::string>();
  const bool is_class = std::any_of(object.name.begin(), object.name.end(),
                                    [](char c) { return c >= 'A' && c <= 'Z'; });
  return is_class ? "" : object.name;
}

/// `accuracy` itself, as a string of Keras' compile.
class AutomaticAccuracy : public Metric {
 public:
  explicit AutomaticAccuracy(std::unique_ptr<Metric> chosen) : chosen_(std::move(chosen)) {}

  [[nodiscard]] const std::string& name() const override { return chosen_->name(); }
  [[nodiscard]] nlohmann::json config() const override { return chosen_->name(); }
  [[nodiscard]] std::size_t sum_count() const override { return chosen_->sum_count(); }
  void add(const LossBatch& batch, std::span<double> sums) const override {
    chosen_->add(batch, sums);
  }
  [[nodiscard]] double value(std::span<const double> sums) const override {
    return chosen_->value(sums);
  }

 private:
  std::unique_ptr<Metric> chosen_;
};

}  // namespace

NamedMetric::NamedMetric(std::string_view class_name, std::string name, nlohmann::json arguments)
    : name_(std::move(name)) {
  if (class_name.empty()) {
    config_ = {{"name", name_}};
    return;
  }
  if (arguments.is_null()) arguments = nlohmann::json::object();
  arguments["name"] = name_;
  config_ = keras_object("keras.metrics", class_name, std::move(arguments));
}

Result<void> need_dense_targets(const MetricTarget& target, std::string_view metric) {
  if (!target.sparse_targets) return {};
  return fail(Errc::kInvalid,
              "metric {} does not fit: it takes as many targets as outputs, {}, and this output's "
              "loss takes one class number for each row",
              metric, target.size);
}

Result<std::unique_ptr<Metric>> make_metric(const nlohmann::json& config,
                                            const MetricTarget& target) {
  const auto known = known_metrics();
  DK_TRY_ASSIGN(KerasObject object, read_function_object(config, "metric", known));
  // Keras' class Accuracy is another one: it asks whether outputs equal targets.
  const bool is_class = config.is_object() && config.contains("class_name");
  const bool automatic = same_name(object.name, "accuracy") || same_name(object.name, "acc");
  if (automatic && !is_class && object.config.empty()) {
    DK_TRY_ASSIGN(auto chosen, make_accuracy(target, object.name));
    return std::make_unique<AutomaticAccuracy>(std::move(chosen));
  }
  if (same_name(object.name, "log_cosh_error")) object.name = "LogCosh";
  const std::string name = instance_name(object);
  for (const MetricKind& kind : all_kinds()) {
    if (!same_name(object.name, kind.name)) continue;
    ConfigReader reader(object.config, fmt::format("metric {}", kind.name));
    (void)reader.text("name", "");
    read_dtype(reader);
    return kind.make(reader, target, name.empty() ? std::string(kind.name) : name);
  }
  if (!is_loss(object.name)) return unknown_name("metric", object.name, known);
  if (object.config.contains("reduction")) {
    return fail(Errc::kInvalid, "metric {}: unknown setting \"reduction\"", object.name);
  }
  DK_TRY_ASSIGN(const auto loss, make_loss(object));
  return make_mean_of_loss(loss->name(), object.config, target,
                           name.empty() ? std::string(loss->name()) : name);
}

std::vector<std::string> known_metrics() {
  std::vector<std::string> names{"accuracy", "acc"};
  for (const MetricKind& kind : all_kinds()) names.emplace_back(kind.name);
  const auto losses = known_losses();
  names.insert(names.end(), losses.begin(), losses.end());
  return names;
}

}  // namespace dk::model
