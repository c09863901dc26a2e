// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/callbacks/model_checkpoint.hpp"

#include "model/callbacks/arguments.hpp"
#include "model/callbacks/state.hpp"
#include "model/keras/model_file.hpp"

namespace dk::model {
namespace {

Result<std::string> format_field(std::string_view field, std::uint64_t epoch, const Logs& logs) {
  const auto colon = field.find(':');
  const auto name = field.substr(0, colon);
  const auto format =
      colon == std::string_view::npos ? "{}" : fmt::format("{{{}}}", field.substr(colon));
  const auto value = find_log(logs, name);
  if (name != "epoch" && !value) {
    std::vector<std::string> known{"epoch"};
    for (const MetricValue& log : logs) known.push_back(log.name);
    return fail(Errc::kInvalid, "filepath has the field {}, which is not measured; there are {}",
                show(std::string(name)), listed(known));
  }
  try {
    return name == "epoch" ? fmt::format(fmt::runtime(format), epoch)
                           : fmt::format(fmt::runtime(format), *value);
  } catch (const fmt::format_error& error) {
    return fail(Errc::kInvalid, "filepath has the field {}, whose format is wrong: {}",
                show(std::string(field)), error.what());
  }
}

/// The logs that a pattern names.
std::vector<std::string> fields_of(std::string_view pattern) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] != '{') continue;
    const auto name = pattern.substr(i + 1, pattern.find_first_of(":}", i) - i - 1);
    if (name.starts_with('{')) {
      ++i;
    } else if (name != "epoch") {
      names.emplace_back(name);
    }
  }
  return names;
}

/// Keras' rules of which names hold whole models and which only weights.
Result<void> check_kind(const std::string& filepath, bool weights_only) {
  DK_TRY(check_model_file_name(filepath));
  const bool only_weights = filepath.ends_with(".weights.h5") || filepath.ends_with(".npz");
  const bool hdf5 = filepath.ends_with(".h5") || filepath.ends_with(".hdf5");
  if (weights_only ? only_weights || hdf5
                   : !only_weights && (hdf5 || filepath.ends_with(".keras"))) {
    return {};
  }
  return fail(Errc::kInvalid, "filepath is {}; with save_weights_only {} it must end in {}",
              show(filepath), weights_only,
              weights_only ? ".weights.h5, .h5, .hdf5 or .npz" : ".keras, .h5 or .hdf5");
}

}  // namespace

Result<std::string> format_filepath(std::string_view pattern, std::uint64_t epoch,
                                    const Logs& logs) {
  std::string name;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const char c = pattern[i];
    const bool brace = c == '{' || c == '}';
    if (brace && i + 1 < pattern.size() && pattern[i + 1] == c)
      ++i;
    else if (brace) {
      const auto end = pattern.find('}', i);
      if (c == '}' || end == std::string_view::npos) {
        return fail(Errc::kInvalid, "filepath is {}; a brace of it has no other",
                    show(std::string(pattern)));
      }
      DK_TRY_ASSIGN(const auto text, format_field(pattern.substr(i + 1, end - i - 1), epoch, logs));
      name += text;
      i = end;
      continue;
    }
    name += c;
  }
  return name;
}

ModelCheckpoint::ModelCheckpoint(ConfigReader& config)
    : filepath_(config.text("filepath", "")),
      monitor_(config.text("monitor", "val_loss")),
      direction_(read_direction(config, monitor_)),
      save_best_only_(config.boolean("save_best_only", false)),
      save_weights_only_(config.boolean("save_weights_only", false)),
      threshold_(read_optional_number(config, "initial_value_threshold")) {
  config.only("save_freq", "epoch");
  config.only("period", 1);
  if (filepath_.empty()) {
    config.problem("filepath is missing");
    return;
  }
  const auto kind = check_kind(filepath_, save_weights_only_);
  if (!kind) config.problem(kind.error().message);
}

std::vector<std::string> ModelCheckpoint::needs() const {
  auto names = fields_of(filepath_);
  if (save_best_only_) names.push_back(monitor_);
  return names;
}

Result<void> ModelCheckpoint::on_train_begin(CallbackContext& /*context*/) {
  best_ = threshold_.value_or(worst(direction_));
  return {};
}

Result<void> ModelCheckpoint::on_epoch_end(std::uint64_t epoch, const Logs& logs,
                                           CallbackContext& context) {
  if (save_best_only_) {
    const auto value = find_log(logs, monitor_);
    if (!value || !is_better(direction_, *value, best_, 0)) return {};
    best_ = *value;
  }
  const auto path = format_filepath(filepath_, epoch + 1, logs);
  if (!path) return fail_in("model_checkpoint", path.error());
  return context.save(*path, save_weights_only_);
}

nlohmann::json ModelCheckpoint::state() const {
  return {{"best", state_number(best_)}};
}

Result<void> ModelCheckpoint::set_state(const nlohmann::json& state) {
  StateReader reader(state, "model_checkpoint");
  reader.number("best", best_);
  return reader.finish();
}

}  // namespace dk::model
