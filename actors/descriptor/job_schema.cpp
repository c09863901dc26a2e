// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/descriptor/job_schema.hpp"

#include "actors/algorithms/registry.hpp"
#include "base/check.hpp"
#include "model/callbacks/callback.hpp"
#include "model/losses/loss.hpp"
#include "model/metrics/metric.hpp"
#include "model/optimizers/optimizer.hpp"
#include "model/registry.hpp"
#include "storage/data/source_config.hpp"
#include "storage/data/transforms/transform.hpp"

#include <algorithm>
#include <string_view>

namespace dk::embedded {
extern const std::string_view job_schema_text;
}

namespace dk {
namespace {

nlohmann::json one_of(std::vector<std::string> names) {
  std::ranges::sort(names);
  const auto twice = std::ranges::unique(names);
  names.erase(twice.begin(), twice.end());
  return {{"enum", std::move(names)}};
}

}  // namespace

nlohmann::json job_schema() {
  auto schema = nlohmann::json::parse(embedded::job_schema_text, nullptr, false);
  DK_CHECK(schema.is_object(), "the schema that was built in is JSON");
  auto& names = schema["definitions"];
  auto transforms = storage::known_transforms();
  transforms.emplace_back("augment");
  names["format_name"] = one_of(storage::data_formats());
  names["transform_name"] = one_of(std::move(transforms));
  names["layer_name"] = one_of(model::known_layers());
  names["algorithm_name"] = one_of(known_algorithms());
  names["optimizer_name"] = one_of(model::known_optimizers());
  names["loss_name"] = one_of(model::known_losses());
  names["metric_name"] = one_of(model::known_metrics());
  names["callback_name"] = one_of(model::known_callbacks());
  return schema;
}

}  // namespace dk
