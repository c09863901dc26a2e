// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage/data/schema.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace dk::storage {
namespace {

using Json = nlohmann::json;

Json to_json(const std::vector<Field>& fields) {
  auto json = Json::array();
  for (const auto& field : fields) {
    json.push_back({{"name", field.name}, {"shape", field.shape}});
    if (!field.columns.empty()) json.back()["columns"] = field.columns;
    if (!field.texts.empty()) json.back()["texts"] = field.texts;
  }
  return json;
}

bool read_texts(const Json& json, std::map<std::string, std::vector<std::string>>& out) {
  if (!json.is_object()) return false;
  for (const auto& item : json.items()) {
    const auto& texts = item.value();
    if (!texts.is_array() || !std::all_of(texts.begin(), texts.end(),
                                          [](const Json& text) { return text.is_string(); })) {
      return false;
    }
    out[item.key()] = texts.get<std::vector<std::string>>();
  }
  return true;
}

Result<std::vector<Field>> read_fields(const Json& json, std::string_view what, const char* side) {
  const auto bad = [&](std::string_view why) {
    return fail(Errc::kInvalid, "{}.{} {}", what, side, why);
  };
  const auto found = json.find(side);
  if (found == json.end() || !found->is_array()) return bad("is no list");
  std::vector<Field> fields;
  std::uint64_t floats = 0;
  for (const auto& item : *found) {
    if (!item.is_object() || !item.contains("name") || !item["name"].is_string() ||
        !item.contains("shape") || !item["shape"].is_array()) {
      return bad("has a field that is no {name, shape}");
    }
    Field field{item["name"].get<std::string>(), {}};
    std::uint64_t size = 1;
    for (const auto& dimension : item["shape"]) {
      if (!dimension.is_number_unsigned() || dimension == 0 || dimension > kMostRowFloats) {
        return bad("has a shape that is no list of sizes");
      }
      field.shape.push_back(dimension.get<std::size_t>());
      size *= field.shape.back();
      if (size > kMostRowFloats) return bad("is larger than 2^24 numbers");
    }
    if (const auto names = item.find("columns"); names != item.end()) {
      const bool texts = names->is_array() && names->size() == size &&
                         std::all_of(names->begin(), names->end(),
                                     [](const Json& name) { return name.is_string(); });
      if (!texts) return bad("has columns that are no list of a name for each number");
      field.columns = names->get<std::vector<std::string>>();
    }
    if (const auto texts = item.find("texts"); texts != item.end()) {
      if (!read_texts(*texts, field.texts)) return bad("has texts that are no lists of texts");
    }
    floats += size;
    if (floats > kMostRowFloats) return bad("is larger than 2^24 numbers");
    fields.push_back(std::move(field));
  }
  return fields;
}

}  // namespace

Json to_json(const Schema& schema) {
  return {{"features", to_json(schema.features)}, {"labels", to_json(schema.labels)}};
}

Result<Schema> schema_from_json(const Json& json, std::string_view what) {
  if (!json.is_object()) return fail(Errc::kInvalid, "{} is no JSON object", what);
  Schema schema;
  DK_TRY_ASSIGN(schema.features, read_fields(json, what, "features"));
  DK_TRY_ASSIGN(schema.labels, read_fields(json, what, "labels"));
  return schema;
}

}  // namespace dk::storage
