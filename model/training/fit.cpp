// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/random.hpp"
#include "model/config_reader.hpp"
#include "model/training/local_context.hpp"
#include "model/training/training.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace dk::model {
namespace {

/// One call of `fit`.
class Training {
 public:
  Training(Model& model, Optimizer& optimizer, const FitConfig& config)
      : model_(model), optimizer_(optimizer), config_(config), context_(model, optimizer) {}

  Result<void> prepare(const Data& data);
  Result<History> run();

 private:
  Result<void> check_config() const;
  Result<void> check_callbacks();
  Result<void> split(const Data& data);
  Result<Logs> epoch(std::uint64_t number);
  Result<void> train_batch(const Data& batch, std::size_t n, std::uint64_t seed);
  Data gather(std::size_t first, std::size_t n);
  Result<void> validate(std::uint64_t number, Logs& logs);
  void record(std::uint64_t number, const Logs& logs);
  void report(std::uint64_t number, const Logs& logs) const;

  Model& model_;
  Optimizer& optimizer_;
  const FitConfig& config_;
  LocalContext context_;
  Data train_;
  std::size_t samples_ = 0;
  std::optional<Data> validation_;
  std::vector<std::size_t> order_;
  std::vector<float> x_;
  std::vector<float> y_;
  std::vector<float> weights_;
  BatchResult sums_;
  History history_;
};

Result<void> Training::check_config() const {
  if (!model_.config().training) {
    return fail(Errc::kInvalid, "fit: the model was built without training");
  }
  if (config_.batch_size == 0 || config_.batch_size > model_.max_batch_size()) {
    return fail(Errc::kInvalid, "fit: batch_size is {}; the model was built for 1 to {}",
                config_.batch_size, model_.max_batch_size());
  }
  if (!(config_.validation_split >= 0 && config_.validation_split < 1)) {
    return fail(Errc::kInvalid, "fit: validation_split is {}; it must be in [0, 1)",
                config_.validation_split);
  }
  if (config_.validation_split > 0 && config_.validation_data) {
    return fail(Errc::kInvalid, "fit: both validation_split and validation_data; give one");
  }
  if (config_.validation_freq == 0) {
    return fail(Errc::kInvalid, "fit: validation_freq is 0; it must be at least 1");
  }
  return {};
}

/// A name that is never measured would make a callback a silent no-op.
Result<void> Training::check_callbacks() {
  auto logged = log_names(model_, validation_.has_value());
  logged.emplace_back("learning_rate");
  for (const Callback* callback : config_.callbacks) {
    const auto checked = check_needs(*callback, logged);
    if (!checked) return fail_in("fit", checked.error());
  }
  return {};
}

Result<void> Training::split(const Data& data) {
  DK_TRY_ASSIGN(samples_, count_samples(model_, data, "fit"));
  train_ = data;
  validation_ = config_.validation_data;
  if (validation_) DK_TRY(count_samples(model_, *validation_, "fit: validation_data"));
  if (config_.validation_split == 0) return {};
  const auto kept = static_cast<std::size_t>(
      std::floor(static_cast<double>(samples_) * (1 - config_.validation_split)));
  if (kept == 0 || kept == samples_) {
    return fail(Errc::kInvalid,
                "fit: validation_split is {}; of {} samples that leaves {} to train on and {} to "
                "validate with",
                config_.validation_split, samples_, kept, samples_ - kept);
  }
  validation_ = rows(model_, data, kept, samples_ - kept);
  train_ = rows(model_, data, 0, kept);
  samples_ = kept;
  return {};
}

Result<void> Training::prepare(const Data& data) {
  DK_TRY(check_config());
  DK_TRY(split(data));
  DK_TRY(check_callbacks());
  if (!config_.shuffle) return {};
  order_.resize(samples_);
  const std::size_t rows = std::min(config_.batch_size, samples_);
  x_.resize(rows * model_.input_size());
  y_.resize(rows * model_.target_size());
  if (!train_.sample_weights.empty()) weights_.resize(rows);
  return {};
}

Data Training::gather(std::size_t first, std::size_t n) {
  if (!config_.shuffle) return rows(model_, train_, first, n);
  const std::size_t x = model_.input_size();
  const std::size_t y = model_.target_size();
  for (std::size_t row = 0; row < n; ++row) {
    const std::size_t from = order_[first + row];
    std::copy_n(train_.x.data() + from * x, x, x_.data() + row * x);
    std::copy_n(train_.y.data() + from * y, y, y_.data() + row * y);
    if (!weights_.empty()) weights_[row] = train_.sample_weights[from];
  }
  return {x_, y_, std::span(weights_).first(weights_.empty() ? 0 : n)};
}

Result<void> Training::train_batch(const Data& batch, std::size_t n, std::uint64_t seed) {
  const auto result = model_.compute_gradients(batch.x, batch.y, n, seed, batch.sample_weights);
  optimizer_.step(model_.trainable(), model_.gradients());
  model_.constrain();
  sums_.loss_sum += result.loss_sum;
  sums_.samples += result.samples;
  const double loss = result.loss_sum / static_cast<double>(result.samples);
  for (Callback* callback : config_.callbacks) DK_TRY(callback->on_batch_end(loss, context_));
  return {};
}

Result<Logs> Training::epoch(std::uint64_t number) {
  if (config_.shuffle) {
    std::iota(order_.begin(), order_.end(), std::size_t{0});
    Random(seed_for(config_.seed, number)).shuffle(std::span(order_));
  }
  model_.reset_metrics();
  sums_ = {};
  std::uint64_t step = 0;
  for (std::size_t first = 0; first < samples_ && !context_.stopped();
       first += config_.batch_size) {
    const std::size_t n = std::min(config_.batch_size, samples_ - first);
    DK_TRY(train_batch(gather(first, n), n, seed_for(config_.seed, number, step++)));
  }
  Logs logs{{"loss", sums_.loss_sum / static_cast<double>(sums_.samples)}};
  for (auto& metric : model_.metric_values(model_.metric_sums())) logs.push_back(std::move(metric));
  DK_TRY(validate(number, logs));
  logs.push_back({"learning_rate", optimizer_.learning_rate()});
  return logs;
}

Result<void> Training::validate(std::uint64_t number, Logs& logs) {
  if (!validation_ || (number + 1) % config_.validation_freq != 0) return {};
  DK_TRY_ASSIGN(auto values, evaluate(model_, *validation_));
  for (MetricValue& value : values) logs.push_back({"val_" + value.name, value.value});
  return {};
}

void Training::record(std::uint64_t number, const Logs& logs) {
  history_.epochs.push_back(number);
  for (const MetricValue& log : logs) {
    auto found = std::find_if(history_.values.begin(), history_.values.end(),
                              [&](const auto& series) { return series.first == log.name; });
    if (found == history_.values.end()) {
      found = history_.values.insert(found, {log.name, {}});
    }
    found->second.push_back(log.value);
  }
}

void Training::report(std::uint64_t number, const Logs& logs) const {
  if (!config_.verbose) return;
  std::string line = fmt::format("epoch {}/{}", number + 1, config_.epochs);
  for (const MetricValue& log : logs) line += fmt::format(" - {}: {:.4g}", log.name, log.value);
  config_.verbose(line);
}

Result<History> Training::run() {
  for (Callback* callback : config_.callbacks) DK_TRY(callback->on_train_begin(context_));
  for (auto number = config_.initial_epoch; number < config_.epochs && !context_.stopped();
       ++number) {
    for (Callback* callback : config_.callbacks) DK_TRY(callback->on_epoch_begin(number, context_));
    DK_TRY_ASSIGN(const Logs logs, epoch(number));
    record(number, logs);
    report(number, logs);
    for (Callback* callback : config_.callbacks) {
      DK_TRY(callback->on_epoch_end(number, logs, context_));
    }
  }
  for (Callback* callback : config_.callbacks) DK_TRY(callback->on_train_end(context_));
  history_.stopped = context_.reason();
  return std::move(history_);
}

}  // namespace

std::span<const double> History::operator[](std::string_view name) const {
  for (const auto& [series, values_of] : values) {
    if (series == name) return values_of;
  }
  return {};
}

std::vector<std::string> log_names(Model& model, bool has_validation) {
  std::vector<std::string> names{"loss"};
  for (const auto& metric : model.metric_values(model.metric_sums())) names.push_back(metric.name);
  const std::size_t own = names.size();
  for (std::size_t i = 0; has_validation && i < own; ++i) names.push_back("val_" + names[i]);
  return names;
}

Result<History> fit(Model& model, Optimizer& optimizer, const Data& data, const FitConfig& config) {
  Training training(model, optimizer, config);
  DK_TRY(training.prepare(data));
  return training.run();
}

}  // namespace dk::model
