// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage/data/text_columns.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace dk::storage {
namespace {

using Json = nlohmann::json;

constexpr std::string_view kColumnKeys[] = {"columns", "input_col", "input_column"};
constexpr std::string_view kOfLabels[] = {"one_hot", "binary_label", "label_index"};

std::string text_of(const Json& item) {
  return item.is_string() ? item.get<std::string>() : item.dump();
}

/// What a transform acts on: as named, or its default side.
std::vector<std::string> columns_of(const std::string& name, const Json& arguments) {
  std::vector<std::string> columns;
  for (const auto key : kColumnKeys) {
    if (!arguments.is_object() || !arguments.contains(key)) continue;
    const auto& named = arguments[std::string(key)];
    if (!named.is_array()) columns.push_back(text_of(named));
    if (!named.is_array()) continue;
    for (const auto& item : named) columns.push_back(text_of(item));
  }
  if (!columns.empty()) return columns;
  const bool labels =
      std::find(std::begin(kOfLabels), std::end(kOfLabels), name) != std::end(kOfLabels);
  return {labels ? "labels" : "features"};
}

std::vector<std::string> texts_of(const Json& list) {
  std::vector<std::string> texts;
  for (const auto& item : list) texts.push_back(text_of(item));
  return texts;
}

/// `classes` is a list, or has one for each column.
std::vector<std::string> classes_of(const Json& arguments, const std::string& column) {
  if (!arguments.is_object()) return {};
  const auto found = arguments.find("classes");
  if (found == arguments.end()) return {};
  if (found->is_array()) return texts_of(*found);
  const auto own = found->is_object() ? found->find(column) : found->end();
  return found->is_object() && own != found->end() && own->is_array() ? texts_of(*own)
                                                                      : std::vector<std::string>();
}

void add(std::vector<FieldSource>& fields, const TextSource& text) {
  for (auto& field : fields) field.texts.push_back(text);
}

}  // namespace

void add_text_columns(SourceConfig& config, const Json& transforms) {
  if (config.format != "csv" || !transforms.is_array()) return;
  std::vector<std::string> changed;  // by a transform before
  for (const auto& entry : transforms) {
    const bool named = entry.is_object() && entry.size() == 1;
    const auto name = named ? entry.begin().key() : text_of(entry);
    const auto arguments = named ? entry.begin().value() : Json();
    const bool hashed = name == "hash" &&
                        !(arguments.is_object() && arguments.value("categorical", Json()) == false);
    for (const auto& column : columns_of(name, arguments)) {
      const bool first = std::find(changed.begin(), changed.end(), column) == changed.end();
      changed.push_back(column);
      if (!hashed && (name != "label_index" || !first)) continue;
      const bool of_side = column == "labels" || column == "features";
      const TextSource text{of_side ? "" : column, hashed, classes_of(arguments, column)};
      if (column != "features") add(config.labels, text);
      if (column == "labels") continue;
      if (config.features.empty()) config.features.emplace_back();
      add(config.features, text);
    }
  }
}

std::vector<std::string> class_names(const Json& transforms, const Schema& raw) {
  if (!transforms.is_array() || raw.labels.size() != 1) return {};
  std::vector<std::string> names;
  for (const auto& entry : transforms) {
    if (!entry.is_object() || entry.size() != 1) return {};
    const auto& name = entry.begin().key();
    const auto& arguments = entry.begin().value();
    const auto columns = columns_of(name, arguments);
    const bool of_labels = columns.front() == "labels" || columns.front() == raw.labels[0].name;
    if (!of_labels || name == "one_hot") continue;
    names =
        name == "label_index" ? classes_of(arguments, columns.front()) : std::vector<std::string>();
  }
  return names;
}

}  // namespace dk::storage
