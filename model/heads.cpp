// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/heads.hpp"

#include "base/check.hpp"
#include "model/config_reader.hpp"

#include <algorithm>
#include <cmath>

namespace dk::model {
namespace {

using nlohmann::json;

bool names_one(const json& value) {
  return value.is_object() && (value.contains("name") || value.contains("class_name"));
}

/// One entry for each output of a setting that is given once, as a list or by output names.
/// `single` says which values stand for one output's.
template <class Single>
Result<std::vector<json>> for_outputs(const json& value, std::string_view setting,
                                      std::span<const std::string> names, const Single& single) {
  if (value.is_null() || single(value)) return std::vector<json>(names.size(), value);
  if (value.is_array()) {
    if (value.size() != names.size()) {
      return fail(Errc::kInvalid, "{} has {} entries; the model has {} outputs", setting,
                  value.size(), names.size());
    }
    return std::vector<json>(value.begin(), value.end());
  }
  if (!value.is_object()) {
    return fail(Errc::kInvalid,
                "{} is {}; it must be one, a list of one for each output, or an "
                "object by output names",
                setting, show(value));
  }
  std::vector<json> entries(names.size());
  for (const auto& [name, entry] : value.items()) {
    const auto found = std::find(names.begin(), names.end(), name);
    if (found == names.end()) {
      return fail(Errc::kInvalid, "{} names an output {}{}; the model's are {}", setting,
                  show(name), suggestion(name, names), listed(names));
    }
    entries[static_cast<std::size_t>(found - names.begin())] = entry;
  }
  return entries;
}

/// Of one output: a name, an object or a list of them.
bool is_metric_list(const json& value) {
  if (value.is_string() || names_one(value)) return true;
  return value.is_array() && std::all_of(value.begin(), value.end(), [](const json& entry) {
           return entry.is_string() || names_one(entry);
         });
}

}  // namespace

Result<Heads> Heads::make(const CompileConfig& config, const Architecture& architecture,
                          Network& network) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < architecture.outputs.size(); ++i) {
    names.push_back(architecture.output_name(i));
  }
  Heads heads;
  const auto one_loss = [](const json& value) { return value.is_string() || names_one(value); };
  DK_TRY_ASSIGN(const auto losses, for_outputs(config.loss, "loss", names, one_loss));
  DK_TRY_ASSIGN(const auto weights,
                for_outputs(config.loss_weights, "loss_weights", names,
                            [&](const json& value) { return value.is_number(); }));
  // A list that says the same for all outputs is one list of metrics, as in Keras.
  const bool shared = is_metric_list(config.metrics);
  DK_TRY_ASSIGN(const auto metrics,
                for_outputs(config.metrics, "metrics", names, [&](const json&) { return shared; }));
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (losses[i].is_null()) {
      const auto floats = element_count(network.output_shapes()[i]);
      heads.silent_.push_back(i);
      heads.silent_floats_.push_back(floats.value_or(0));
      continue;
    }
    DK_TRY(heads.add_head(i, losses[i], names[i], network));
    Head& head = heads.heads_.back();
    if (!weights[i].is_null() && !weights[i].is_number()) {
      return fail(Errc::kInvalid, "loss_weights has {}; it must be a number", show(weights[i]));
    }
    if (weights[i].is_number()) head.weight = weights[i].get<float>();
    DK_TRY(heads.add_metrics(head, metrics[i], names.size() > 1 ? names[i] + "_" : ""));
  }
  DK_TRY(heads.read_class_weights(config.class_weight));
  for (Head& head : heads.heads_) {
    DK_TRY_ASSIGN(head.row_weights, FloatBuffer::make(config.max_batch_size * head.rows));
    if (heads.heads_.size() == 1) continue;
    DK_TRY_ASSIGN(head.targets, FloatBuffer::make(config.max_batch_size * head.target_floats));
  }
  return heads;
}

Result<void> Heads::add_head(std::size_t output, const json& loss, const std::string& name,
                             Network& network) {
  Head head;
  head.output = output;
  auto made = make_loss(loss);
  if (!made) return fail(made.error());
  head.loss = std::move(*made);
  const Shape& shape = network.output_shapes()[output];
  head.width = shape.empty() ? 1 : shape.back();
  if (head.width < head.loss->min_outputs()) {
    return fail(Errc::kInvalid, "the loss {} needs at least {} outputs per row; output '{}' is {}",
                head.loss->name(), head.loss->min_outputs(), name, to_string(shape));
  }
  DK_TRY_ASSIGN(const std::size_t floats, element_count(shape));
  head.rows = floats / head.width;
  head.target_floats = head.loss->sparse_targets() ? head.rows : floats;
  const std::string_view fused = head.loss->fused_activation();
  if (!fused.empty() && network.drop_activation(output, fused)) {
    head.logits_of = fused;
    head.loss = head.loss->from_logits();
  }
  target_size_ += head.target_floats;
  heads_.push_back(std::move(head));
  return {};
}

Result<void> Heads::add_metrics(Head& head, const json& metrics, const std::string& prefix) {
  if (metrics.is_null()) return {};
  if (!is_metric_list(metrics)) {
    return fail(Errc::kInvalid, "metrics is {}; it must be a list of {}", show(metrics),
                listed(known_metrics()));
  }
  const MetricTarget target{head.loss->sparse_targets(), head.logits_of, head.width};
  for (const json& entry : metrics.is_array() ? metrics : json::array({metrics})) {
    DK_TRY_ASSIGN(auto metric, make_metric(entry, target));
    const std::size_t first = sums_.size();
    sums_.resize(first + metric->sum_count());
    head.metrics.push_back({prefix + metric->name(), std::move(metric), first});
  }
  return {};
}

Result<void> Heads::read_class_weights(const json& config) {
  constexpr std::size_t kMaxClasses = 1'000'000;
  if (config.is_null()) return {};
  if (!config.is_object()) {
    return fail(Errc::kInvalid, "class_weight is {}; it must be an object of weights by class",
                show(config));
  }
  if (heads_.size() != 1) {
    return fail(Errc::kInvalid, "class_weight is for models of one output with a loss; this has {}",
                heads_.size());
  }
  for (const auto& [key, weight] : config.items()) {
    std::size_t index = kMaxClasses;
    if (!key.empty() && key.size() <= 6 &&
        std::all_of(key.begin(), key.end(), [](char c) { return c >= '0' && c <= '9'; })) {
      index = std::stoul(key);
    }
    if (index >= kMaxClasses || !weight.is_number() || !(weight.get<double>() >= 0)) {
      return fail(Errc::kInvalid,
                  "class_weight has {}: {}; it must be a class number with a weight "
                  "from 0",
                  show(key), show(weight));
    }
    if (class_weights_.size() <= index) class_weights_.resize(index + 1, 1.0F);
    class_weights_[index] = weight.get<float>();
  }
  return {};
}

float Heads::class_weight(const Head& head, const float* target) const {
  float label = *target;
  if (!head.loss->sparse_targets() && head.width > 1) {
    label = static_cast<float>(std::max_element(target, target + head.width) - target);
  }
  const bool known = label >= 0 && label < static_cast<float>(class_weights_.size());
  return known ? class_weights_[static_cast<std::size_t>(label)] : 1.0F;
}

const float* Heads::split_targets(Head& head, std::span<const float> targets, std::size_t n,
                                  std::size_t first) {
  if (heads_.size() == 1) return targets.data();
  for (std::size_t i = 0; i < n; ++i) {
    std::copy_n(targets.data() + i * target_size_ + first, head.target_floats,
                head.targets.data() + i * head.target_floats);
  }
  return head.targets.data();
}

const float* Heads::weigh_rows(Head& head, const float* mask, const float* targets, std::size_t n,
                               std::span<const float> sample_weights) {
  if (mask == nullptr && sample_weights.empty() && class_weights_.empty()) return nullptr;
  const std::size_t rows = n * head.rows;
  float* weights = head.row_weights.data();
  float scale = 1;
  if (mask != nullptr) {
    double kept = 0;
    for (std::size_t r = 0; r < rows; ++r) kept += mask[r];
    // The mean is over the rows that count (Keras from 2.10).
    scale = kept > 0 ? static_cast<float>(static_cast<double>(rows) / kept) : 0.0F;
  }
  const std::size_t target_width = head.loss->sparse_targets() ? 1 : head.width;
  for (std::size_t r = 0; r < rows; ++r) {
    weights[r] = mask == nullptr ? 1.0F : mask[r] * scale;
    if (!sample_weights.empty()) weights[r] *= sample_weights[r / head.rows];
    if (!class_weights_.empty()) weights[r] *= class_weight(head, targets + r * target_width);
  }
  return weights;
}

double Heads::measure(Network& network, std::span<const float> targets, std::size_t n,
                      std::span<const float> sample_weights, bool gradients) {
  double loss = 0;
  std::size_t first = 0;
  for (Head& head : heads_) {
    const float* y = split_targets(head, targets, n, first);
    first += head.target_floats;
    const float* mask = network.output_mask(head.output);
    const auto rows = static_cast<double>(head.rows);
    LossBatch batch{.outputs = network.output(head.output),
                    .targets = y,
                    .weights = weigh_rows(head, mask, y, n, sample_weights),
                    .gradient = gradients ? network.output_gradient(head.output) : nullptr,
                    .rows = n * head.rows,
                    .size = head.width,
                    .scale = static_cast<float>(head.weight / (static_cast<double>(n) * rows))};
    loss += head.weight * (*head.loss)(batch) / rows;
    batch.gradient = nullptr;
    batch.weights = mask;
    for (const WatchingMetric& watching : head.metrics) {
      watching.metric->add(
          batch, std::span(sums_).subspan(watching.first_sum, watching.metric->sum_count()));
    }
  }
  if (!gradients) return loss;
  for (std::size_t i = 0; i < silent_.size(); ++i) {
    float* gradient = network.output_gradient(silent_[i]);
    if (gradient != nullptr) std::fill_n(gradient, n * silent_floats_[i], 0.0F);
  }
  return loss;
}

nlohmann::json Heads::metric_facts() const {
  auto facts = json::array();
  for (const Head& head : heads_) {
    for (const WatchingMetric& watching : head.metrics) {
      facts.push_back({{"name", watching.name},
                       {"config", watching.metric->config()},
                       {"size", head.width},
                       {"sparse", head.loss->sparse_targets()}});
    }
  }
  return facts;
}

std::vector<MetricValue> Heads::metric_values(std::span<const double> sums) const {
  DK_CHECK(sums.size() == sums_.size(), "sums of another model");
  std::vector<MetricValue> values;
  for (const Head& head : heads_) {
    for (const WatchingMetric& watching : head.metrics) {
      const auto own = sums.subspan(watching.first_sum, watching.metric->sum_count());
      values.push_back({watching.name, watching.metric->value(own)});
    }
  }
  return values;
}

}  // namespace dk::model
