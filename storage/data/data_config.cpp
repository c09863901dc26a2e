// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage/data/data_config.hpp"

#include "storage/data/strict_json.hpp"

namespace dk::storage {
namespace {

using Json = nlohmann::json;

constexpr std::string_view kBalances[] = {"none", "oversample", "undersample"};

Result<Part> part_from_json(const Json& json, const std::string& path) {
  Part part;
  StrictJson reader(json, path);
  reader.number("begin", part.begin);
  reader.number("end", part.end);
  reader.boolean("stratified", part.stratified);
  reader.number("seed", part.seed);
  if (!(part.begin >= 0 && part.begin < part.end && part.end <= 1)) {
    reader.refuse("", "a part of the rows");
  }
  DK_TRY(reader.finish());
  return part;
}

}  // namespace

Json to_json(const DataConfig& config) {
  Json json = {{"source", to_json(config.source)}};
  if (!config.transforms.empty()) json["transforms"] = config.transforms;
  if (config.memory_bytes != kDefaultDataMemory) json["memory_bytes"] = config.memory_bytes;
  if (config.part != Part{}) {
    json["part"] = {{"begin", config.part.begin},
                    {"end", config.part.end},
                    {"stratified", config.part.stratified},
                    {"seed", config.part.seed}};
  }
  if (config.balance != ClassBalance::kNone) {
    json["class_balance"] = kBalances[static_cast<std::size_t>(config.balance)];
  }
  return json;
}

Result<DataConfig> data_config_from_json(const Json& json, const std::string& path) {
  DataConfig config;
  StrictJson reader(json, path);
  const Json* source = reader.value("source");
  if (source == nullptr) {
    reader.refuse("source", "there");
    return fail(std::move(reader.finish()).error());
  }
  DK_TRY_ASSIGN(config.source, source_from_json(*source, path + ".source"));
  if (const Json* transforms = reader.value("transforms")) {
    if (!transforms->is_array()) reader.refuse("transforms", "a list");
    config.transforms = *transforms;
  }
  reader.number("memory_bytes", config.memory_bytes);
  if (const Json* part = reader.value("part")) {
    DK_TRY_ASSIGN(config.part, part_from_json(*part, path + ".part"));
  }
  std::string balance(kBalances[0]);
  reader.text("class_balance", balance);
  const auto* found = std::find(std::begin(kBalances), std::end(kBalances), balance);
  if (found == std::end(kBalances)) {
    reader.refuse("class_balance", "none, oversample or undersample");
  }
  DK_TRY(reader.finish());
  config.balance = static_cast<ClassBalance>(found - std::begin(kBalances));
  return config;
}

}  // namespace dk::storage
