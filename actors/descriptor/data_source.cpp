// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/descriptor/map_reader.hpp"
#include "actors/descriptor/sections.hpp"
#include "base/did_you_mean.hpp"

#include <algorithm>

namespace dk::descriptor {
namespace {

using storage::FieldSource;

constexpr std::uint64_t kMostFeatures = 100'000'000;

bool is_array_format(const std::string& format) {
  return format == "idx" || format == "npy";
}

class SourceReader {
 public:
  SourceReader(MapReader& map, const std::filesystem::path& base_directory, Faults& faults,
               bool needs_labels)
      : map_(map), base_directory_(base_directory), faults_(faults), needs_labels_(needs_labels) {}

  storage::SourceConfig read() {
    const auto& formats = storage::data_formats();
    const auto* format = map_.value("format", MapReader::kRequired, listed(formats));
    if (format != nullptr)
      config_.format = read_name(*format, map_.path_of("format"), formats, faults_);
    // Which keys there are depends on the format: without one none is wrong.
    if (config_.format.empty()) {
      for (const char* key :
           {"files", "header", "delimiter", "missing", "size", "zero_based", "on_bad_row"})
        map_.value(key);
    }
    const bool table = config_.format == "csv" || config_.format == "libsvm";
    const bool needs_files = config_.format == "libsvm";
    if (!is_array_format(config_.format) && !config_.format.empty()) {
      const auto* files =
          map_.value("files", needs_files ? MapReader::kRequired : MapReader::kOptional, kFiles);
      if (files != nullptr) config_.files = read_files(*files, map_.path_of("files"));
    }
    if (config_.format != "libsvm") {
      read_fields("features", config_.format != "csv", config_.features);
      read_fields("labels", needs_labels_, config_.labels);
    }
    if (config_.format == "csv") read_csv();
    if (config_.format == "libsvm") {
      map_.whole_number("size", config_.size, 1, kMostFeatures);
      if (config_.size == 0 &&
          map_.value("size", MapReader::kRequired, "the number of features") != nullptr) {
        config_.size = 1;
      }
      map_.flag("zero_based", config_.zero_based);
    }
    if (table) read_on_bad_row();
    map_.whole_number("limit", config_.limit, 1, std::numeric_limits<std::uint64_t>::max());
    return std::move(config_);
  }

 private:
  static constexpr std::string_view kFiles = "a path or glob, or a list of them";

  /// Scalars as their texts.
  std::vector<std::string> texts(const Node& node, const std::string& path,
                                 std::string_view allowed) {
    std::vector<std::string> found;
    const auto add = [&](const Node& item, const std::string& where) {
      if (item.kind != Node::Kind::kScalar || item.text.empty()) {
        MapReader::refuse(item, where, allowed, faults_);
      } else {
        found.push_back(item.text);
      }
    };
    if (node.kind != Node::Kind::kList) {
      add(node, path);
      return found;
    }
    for (std::size_t i = 0; i < node.items.size(); ++i) {
      add(node.items[i], fmt::format("{}[{}]", path, i));
    }
    if (node.items.empty()) MapReader::refuse(node, path, allowed, faults_);
    return found;
  }

  std::vector<std::string> read_files(const Node& node, const std::string& path) {
    auto files = texts(node, path, kFiles);
    for (auto& file : files) file = absolute_path(base_directory_, file).string();
    return files;
  }

  /// What a plain text means: a file, a column, or a dataset.
  FieldSource plain(const std::string& text) const {
    FieldSource field;
    if (is_array_format(config_.format)) {
      field.files = {absolute_path(base_directory_, text).string()};
    } else if (config_.format == "csv") {
      field.columns = {text};
    } else {
      field.dataset = text;
    }
    return field;
  }

  FieldSource read_field(const Node& node, const std::string& path) {
    FieldSource field;
    MapReader map(node, path, faults_);
    map.text("name", field.name, MapReader::kOptional, "text");
    const auto needed =
        is_array_format(config_.format) || (!config_.format.empty() && config_.files.empty())
            ? MapReader::kRequired
            : MapReader::kOptional;
    if (const auto* files = map.value("files", needed, kFiles)) {
      field.files = read_files(*files, map.path_of("files"));
    }
    if (config_.format == "csv") {
      if (const auto* columns = map.value("columns")) {
        field.columns =
            texts(*columns, map.path_of("columns"), "names, numbers or ranges of columns");
      }
    } else if (!is_array_format(config_.format)) {
      map.text("dataset", field.dataset, MapReader::kOptional, "the name of an array");
    }
    map.refuse_unknown_keys();
    return field;
  }

  void read_fields(const char* key, bool required, std::vector<FieldSource>& fields) {
    const auto path = map_.path_of(key);
    const auto* node =
        map_.value(key, required ? MapReader::kRequired : MapReader::kOptional, allowed());
    if (node == nullptr) return;
    const bool list = node->kind == Node::Kind::kList;
    if (node->kind == Node::Kind::kMap) {
      fields.push_back(read_field(*node, path));
    } else if (list && !node->items.empty() &&
               std::all_of(node->items.begin(), node->items.end(),
                           [](const Node& item) { return item.kind == Node::Kind::kMap; })) {
      for (std::size_t i = 0; i < node->items.size(); ++i) {
        fields.push_back(read_field(node->items[i], fmt::format("{}[{}]", path, i)));
      }
    } else if (const auto names = texts(*node, path, allowed()); config_.format == "csv") {
      if (!names.empty()) fields.push_back({"", {}, names, ""});
    } else {
      for (const auto& name : names) fields.push_back(plain(name));
    }
    const bool has_files = std::all_of(fields.begin(), fields.end(), [&](const FieldSource& field) {
      return !field.files.empty() || !config_.files.empty();
    });
    if (!has_files && !config_.format.empty() && !is_array_format(config_.format) &&
        node->kind != Node::Kind::kMap && !missing_files_told_) {
      missing_files_told_ = true;
      static_cast<void>(map_.value("files", MapReader::kRequired, kFiles));
    }
  }

  [[nodiscard]] std::string_view allowed() const {
    if (config_.format == "csv")
      return "columns (a name, number or range), or mappings with columns";
    if (is_array_format(config_.format)) return "the path of a file";
    return "the name of an array, or mappings with files and dataset";
  }

  void read_csv() {
    if (const auto* header = map_.value("header")) {
      bool flag = true;
      const bool automatic = header->kind == Node::Kind::kScalar && header->text == "auto";
      if (!automatic) {
        map_.flag("header", flag);
        config_.header = flag;
      }
    }
    std::string delimiter;
    map_.text("delimiter", delimiter, MapReader::kOptional, "one character, or tab");
    if (delimiter == "tab" || delimiter == "\\t") delimiter = "\t";
    if (delimiter.size() == 1 && delimiter != "\"" && delimiter != "\n") {
      config_.delimiter = delimiter.front();
    } else if (!delimiter.empty()) {
      MapReader::refuse(*map_.value("delimiter"), map_.path_of("delimiter"),
                        "one character, or tab", faults_);
    }
    if (const auto* missing = map_.value("missing")) {
      config_.missing = texts(*missing, map_.path_of("missing"), "texts that mean a missing value");
    }
  }

  void read_on_bad_row() {
    const auto* node = map_.value("on_bad_row");
    if (node == nullptr) return;
    const auto name = read_name(*node, map_.path_of("on_bad_row"), {"fail", "skip"}, faults_);
    if (name == "skip") config_.on_bad_row = storage::OnBadRow::kSkip;
  }

  MapReader& map_;
  const std::filesystem::path& base_directory_;
  Faults& faults_;
  bool needs_labels_;
  storage::SourceConfig config_;
  bool missing_files_told_ = false;
};

}  // namespace

storage::SourceConfig read_source(const Node& node, const std::string& path,
                                  const std::filesystem::path& base_directory, Faults& faults,
                                  bool needs_labels) {
  MapReader map(node, path, faults, kDataSet);
  auto config = SourceReader(map, base_directory, faults, needs_labels).read();
  map.refuse_unknown_keys();
  return config;
}

}  // namespace dk::descriptor
