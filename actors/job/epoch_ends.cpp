// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/job/epoch_ends.hpp"

#include "base/check.hpp"
#include "model/layout.hpp"
#include "model/optimizers/optimizer.hpp"

#include <algorithm>

namespace dk {

/// What callbacks may do to a job. The weights never come here: a checkpoint stands for them.
class EpochEnds::Context final : public model::CallbackContext {
 public:
  explicit Context(EpochEnds& ends) : ends_(ends) {}

  void stop(std::string reason) override {
    if (ends_.stopped_.empty()) ends_.stopped_ = std::move(reason);
  }
  [[nodiscard]] double learning_rate() const override {
    return ends_.learning_rate > 0 ? ends_.learning_rate : ends_.own_learning_rate_;
  }
  Result<void> set_learning_rate(double rate) override {
    if (ends_.has_schedule_) {
      return fail(Errc::kInvalid,
                  "the optimizer's learning rate follows a schedule; a callback "
                  "cannot set it as well");
    }
    if (!(rate > 0)) return fail(Errc::kInvalid, "learning rate {}; allowed: above 0", rate);
    ends_.learning_rate = rate;
    return {};
  }
  void keep_weights(const model::Callback& owner) override {
    ends_.kept_[index_of(owner)] = ends_.current_;
  }
  Result<void> restore_weights(const model::Callback& owner) override {
    const auto kept = ends_.kept_.find(index_of(owner));
    if (kept != ends_.kept_.end()) ends_.restored_ = kept->second;
    return {};
  }
  Result<void> save(const std::filesystem::path& path, bool weights_only) override {
    ends_.saves_.push_back({path.string(), weights_only});
    return {};
  }

 private:
  [[nodiscard]] std::size_t index_of(const model::Callback& owner) const {
    const auto found = std::ranges::find_if(ends_.callbacks_,
                                            [&](const auto& own) { return own.get() == &owner; });
    DK_CHECK(found != ends_.callbacks_.end(), "a callback of this job");
    return static_cast<std::size_t>(found - ends_.callbacks_.begin());
  }

  EpochEnds& ends_;
};

EpochEnds::EpochEnds(const JobSpec& spec) : validates_(spec.validation.has_value()) {
  for (const auto& config : spec.callbacks) {
    auto callback = model::make_callback(config);
    DK_CHECK(callback, "a valid spec has valid callbacks");
    callbacks_.push_back(std::move(*callback));
  }
  auto optimizer = model::make_optimizer(spec.optimizer, model::Layout());
  DK_CHECK(optimizer, "a valid spec has a valid optimizer");
  own_learning_rate_ = (*optimizer)->learning_rate();
  has_schedule_ = (*optimizer)->has_schedule();
  first_state_ = state();
}

Result<void> EpochEnds::begin() {
  Context context(*this);
  for (auto& callback : callbacks_) {
    DK_TRY(callback->on_train_begin(context));
  }
  for (auto& callback : callbacks_) {
    DK_TRY(callback->on_epoch_begin(0, context));
  }
  first_state_ = state();
  return {};
}

Result<void> EpochEnds::decide(const Decision& decision) {
  Context context(*this);
  current_ = decision.checkpoint;
  auto logs = decision.logs;
  logs.push_back({"learning_rate", context.learning_rate()});
  for (auto& callback : callbacks_) {
    DK_TRY(callback->on_epoch_end(decision.epoch, logs, context));
  }
  if (stopped_.empty()) {
    for (auto& callback : callbacks_) {
      DK_TRY(callback->on_epoch_begin(decision.epoch + 1, context));
    }
  }
  auto entry = nlohmann::json::object();
  for (const auto& log : logs) entry[log.name] = log.value;
  history_.push_back({{"logs", std::move(entry)}, {"state", state()}});
  return {};
}

Result<CheckpointId> EpochEnds::end() {
  Context context(*this);
  restored_ = {};
  for (auto& callback : callbacks_) {
    DK_TRY(callback->on_train_end(context));
  }
  return restored_;
}

std::vector<CheckpointId> EpochEnds::kept() const {
  std::vector<CheckpointId> ids;
  for (const auto& [callback, checkpoint] : kept_) ids.push_back(checkpoint);
  return ids;
}

nlohmann::json EpochEnds::history() const {
  auto list = nlohmann::json::array();
  for (std::size_t epoch = 0; epoch < history_.size(); ++epoch) {
    auto entry = history_[epoch].at("logs");
    entry["epoch"] = epoch + 1;
    list.push_back(std::move(entry));
  }
  return list;
}

nlohmann::json EpochEnds::state() const {
  auto states = nlohmann::json::array();
  for (const auto& callback : callbacks_) states.push_back(callback->state());
  auto kept = nlohmann::json::array();
  for (const auto& [callback, checkpoint] : kept_) {
    kept.push_back(nlohmann::json::array({callback, checkpoint.value}));
  }
  return {{"callbacks", std::move(states)},
          {"kept", std::move(kept)},
          {"learning_rate", learning_rate},
          {"stopped", stopped_}};
}

Result<void> EpochEnds::set_state(const nlohmann::json& json) {
  const bool whole = json.is_object() && json.contains("callbacks") && json.contains("kept") &&
                     json.contains("learning_rate") && json.contains("stopped") &&
                     json["callbacks"].is_array() &&
                     json["callbacks"].size() == callbacks_.size() && json["kept"].is_array() &&
                     json["learning_rate"].is_number() && json["stopped"].is_string();
  if (!whole) return fail(Errc::kCorrupt, "the state of a job's callbacks is not one");
  Context context(*this);
  for (std::size_t i = 0; i < callbacks_.size(); ++i) {
    DK_TRY(callbacks_[i]->on_train_begin(context));
    DK_TRY(callbacks_[i]->set_state(json["callbacks"][i]));
  }
  kept_.clear();
  for (const auto& entry : json["kept"]) {
    if (!entry.is_array() || entry.size() != 2 || !entry[0].is_number_unsigned() ||
        !entry[1].is_number_unsigned()) {
      return fail(Errc::kCorrupt, "the state of a job's callbacks is not one");
    }
    kept_[entry[0].get<std::size_t>()] = CheckpointId(entry[1].get<std::uint64_t>());
  }
  learning_rate = json["learning_rate"].get<double>();
  stopped_ = json["stopped"].get<std::string>();
  return {};
}

Result<void> EpochEnds::roll_back(std::uint64_t epochs) {
  if (epochs >= history_.size()) return {};
  history_.resize(epochs);
  return set_state(epochs == 0 ? first_state_ : history_.back().at("state"));
}

nlohmann::json EpochEnds::to_json() const {
  return {{"first", first_state_}, {"history", history_}};
}

Result<void> EpochEnds::restore(const nlohmann::json& json) {
  if (!json.is_object() || !json.contains("first") || !json.contains("history") ||
      !json["history"].is_array()) {
    return fail(Errc::kCorrupt, "the history of a job's epochs is not one");
  }
  first_state_ = json["first"];
  history_.clear();
  for (const auto& entry : json["history"]) {
    if (!entry.is_object() || !entry.contains("logs") || !entry["logs"].is_object() ||
        !entry.contains("state")) {
      return fail(Errc::kCorrupt, "the history of a job's epochs is not one");
    }
    history_.push_back(entry);
  }
  return set_state(history_.empty() ? first_state_ : history_.back().at("state"));
}

}  // namespace dk
