// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/descriptor/feature_rows.hpp"

#include "storage/data/text_columns.hpp"

#include <algorithm>

namespace dk {
namespace {

bool fills_missing(const nlohmann::json& transforms) {
  return std::any_of(transforms.begin(), transforms.end(), [](const auto& transform) {
    return transform == "impute" || (transform.is_object() && transform.contains("impute"));
  });
}

Result<storage::Pipeline> pipeline_of(const std::string& saved, const storage::DataConfig& config,
                                      const storage::Dataset& data) {
  if (!saved.empty()) return storage::transforms_from_text(saved);
  auto schema = data.schema();
  schema.labels = {{"labels", {}}};
  return storage::Pipeline::make(config.transforms, schema);
}

}  // namespace

bool has_labels(const storage::DataConfig& config) {
  return !config.source.labels.empty() || config.source.format == "libsvm";
}

storage::DataConfig FeatureRows::raw(storage::DataConfig config) {
  storage::add_text_columns(config.source, config.transforms);
  config.source.allow_missing |= fills_missing(config.transforms);
  config.transforms = nlohmann::json::array();
  return config;
}

Result<FeatureRows> FeatureRows::make(const std::string& saved, const storage::DataConfig& config,
                                      std::shared_ptr<const storage::Dataset> data,
                                      std::size_t most_rows) {
  DK_TRY_ASSIGN(auto pipeline, pipeline_of(saved, config, *data));
  if (!pipeline.fitted()) {
    return fail(Errc::kInvalid,
                "{}: the transforms have not been fitted; allowed: those that are saved with the "
                "model, or data.train to fit them on",
                storage::describe(config.source));
  }
  if (pipeline.raw().feature_size() != data->feature_size()) {
    return fail(Errc::kInvalid, "{}: a row has {} features; the transforms take {}",
                storage::describe(config.source), data->feature_size(),
                pipeline.raw().feature_size());
  }
  return FeatureRows(std::move(data), std::move(pipeline), most_rows);
}

FeatureRows::FeatureRows(std::shared_ptr<const storage::Dataset> data, storage::Pipeline pipeline,
                         std::size_t most_rows)
    : data_(std::move(data)),
      reader_(*data_, most_rows),
      pipeline_(std::move(pipeline)),
      scratch_(pipeline_.scratch(most_rows)),
      raw_(most_rows * data_->feature_size()) {}

Result<void> FeatureRows::read(std::span<const std::uint32_t> rows, std::span<float> x) {
  const auto raw = std::span(raw_).first(rows.size() * data_->feature_size());
  DK_TRY(reader_.read(rows, raw, {}));
  auto applied = pipeline_.apply(rows.size(), raw, {}, x, {}, scratch_);
  if (applied || rows.empty()) return applied;
  return fail_in(fmt::format("the batch that begins with {}", data_->where(rows[0])),
                 std::move(applied).error());
}

}  // namespace dk
