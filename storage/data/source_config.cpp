// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage/data/source_config.hpp"

#include "storage/data/strict_json.hpp"

namespace dk::storage {
namespace {

using Json = nlohmann::json;

Json to_json(const TextSource& text) {
  Json json = Json::object();
  if (!text.name.empty()) json["name"] = text.name;
  if (text.hashed) json["hashed"] = true;
  if (!text.texts.empty()) json["texts"] = text.texts;
  return json;
}

Result<std::vector<TextSource>> texts_from_json(const Json& json, const std::string& path) {
  if (!json.is_array()) return fail(Errc::kCorrupt, "{} is not a list", path);
  std::vector<TextSource> texts;
  for (std::size_t i = 0; i < json.size(); ++i) {
    TextSource text;
    StrictJson reader(json[i], fmt::format("{}[{}]", path, i));
    reader.text("name", text.name);
    reader.boolean("hashed", text.hashed);
    reader.texts("texts", text.texts);
    DK_TRY(reader.finish());
    texts.push_back(std::move(text));
  }
  return texts;
}

Json to_json(const FieldSource& field) {
  Json json = Json::object();
  if (!field.name.empty()) json["name"] = field.name;
  if (!field.files.empty()) json["files"] = field.files;
  if (!field.columns.empty()) json["columns"] = field.columns;
  if (!field.dataset.empty()) json["dataset"] = field.dataset;
  for (const auto& text : field.texts) json["texts"].push_back(to_json(text));
  return json;
}

Json to_json(const std::vector<FieldSource>& fields) {
  Json json = Json::array();
  for (const auto& field : fields) json.push_back(to_json(field));
  return json;
}

Result<std::vector<FieldSource>> fields_from_json(const Json& json, const std::string& path) {
  if (!json.is_array()) return fail(Errc::kCorrupt, "{} is not a list", path);
  std::vector<FieldSource> fields;
  for (std::size_t i = 0; i < json.size(); ++i) {
    FieldSource field;
    StrictJson reader(json[i], fmt::format("{}[{}]", path, i));
    reader.text("name", field.name);
    reader.texts("files", field.files);
    reader.texts("columns", field.columns);
    reader.text("dataset", field.dataset);
    if (const Json* texts = reader.value("texts")) {
      DK_TRY_ASSIGN(field.texts, texts_from_json(*texts, fmt::format("{}[{}].texts", path, i)));
    }
    DK_TRY(reader.finish());
    fields.push_back(std::move(field));
  }
  return fields;
}

}  // namespace

SourceConfig array_files(std::string format, const std::filesystem::path& features,
                         const std::filesystem::path& labels) {
  SourceConfig config;
  config.format = std::move(format);
  config.features = {{"", {features.string()}}};
  config.labels = {{"", {labels.string()}}};
  return config;
}

const std::vector<std::string>& data_formats() {
  static const std::vector<std::string> names{"idx", "npy", "npz", "csv", "hdf5", "libsvm"};
  return names;
}

std::string describe(const SourceConfig& config) {
  std::vector<std::string> files = config.files;
  for (const auto& field : config.features) {
    files.insert(files.end(), field.files.begin(), field.files.end());
  }
  if (files.empty()) return "no file";
  if (files.size() == 1) return files.front();
  return fmt::format("{} and {} more", files.front(), files.size() - 1);
}

Json to_json(const SourceConfig& config) {
  Json json = {{"format", config.format}};
  if (!config.files.empty()) json["files"] = config.files;
  if (!config.features.empty()) json["features"] = to_json(config.features);
  if (!config.labels.empty()) json["labels"] = to_json(config.labels);
  if (config.header) json["header"] = *config.header;
  if (config.delimiter != ',') json["delimiter"] = std::string(1, config.delimiter);
  if (!config.missing.empty()) json["missing"] = config.missing;
  if (config.allow_missing) json["allow_missing"] = true;
  if (config.size != 0) json["size"] = config.size;
  if (config.zero_based) json["zero_based"] = true;
  if (config.on_bad_row == OnBadRow::kSkip) json["on_bad_row"] = "skip";
  if (config.limit != 0) json["limit"] = config.limit;
  return json;
}

Result<SourceConfig> source_from_json(const Json& json, const std::string& path) {
  SourceConfig config;
  StrictJson reader(json, path);
  reader.required_text("format", config.format);
  reader.texts("files", config.files);
  if (const Json* features = reader.value("features")) {
    DK_TRY_ASSIGN(config.features, fields_from_json(*features, path + ".features"));
  }
  if (const Json* labels = reader.value("labels")) {
    DK_TRY_ASSIGN(config.labels, fields_from_json(*labels, path + ".labels"));
  }
  if (json.is_object() && json.contains("header")) {
    reader.boolean("header", config.header.emplace());
  }
  std::string delimiter(1, config.delimiter);
  reader.text("delimiter", delimiter);
  if (delimiter.size() != 1) reader.refuse("delimiter", "one character");
  config.delimiter = delimiter.empty() ? ',' : delimiter.front();
  reader.texts("missing", config.missing);
  reader.boolean("allow_missing", config.allow_missing);
  reader.number("size", config.size);
  reader.boolean("zero_based", config.zero_based);
  std::string on_bad_row = "fail";
  reader.text("on_bad_row", on_bad_row);
  if (on_bad_row != "fail" && on_bad_row != "skip") reader.refuse("on_bad_row", "fail or skip");
  config.on_bad_row = on_bad_row == "skip" ? OnBadRow::kSkip : OnBadRow::kFail;
  reader.number("limit", config.limit);
  DK_TRY(reader.finish());
  return config;
}

}  // namespace dk::storage
