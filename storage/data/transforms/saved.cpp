// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage/data/transforms/pipeline.hpp"

#include <nlohmann/json.hpp>

namespace dk::storage {
namespace {

using Json = nlohmann::json;

}  // namespace

std::string transforms_to_text(const Pipeline& pipeline) {
  const Json json = {{"raw", to_json(pipeline.raw())}, {"transforms", pipeline.config()}};
  return json.dump(-1, ' ', true, Json::error_handler_t::replace);
}

Result<Pipeline> transforms_from_text(std::string_view text) {
  const auto json = Json::parse(text, nullptr, false);
  if (!json.is_object() || !json.contains("raw") || !json["raw"].is_object() ||
      !json.contains("transforms")) {
    return fail(Errc::kInvalid, "the saved transforms are no JSON of raw and transforms");
  }
  DK_TRY_ASSIGN(const auto raw, schema_from_json(json["raw"], "the saved transforms' raw"));
  auto pipeline = Pipeline::make(json["transforms"], raw);
  if (!pipeline) return fail_in("the saved transforms", pipeline.error());
  if (!pipeline->fitted()) return fail(Errc::kInvalid, "the saved transforms are not fitted");
  return pipeline;
}

}  // namespace dk::storage
