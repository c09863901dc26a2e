// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage/data/open_reader.hpp"

#include "base/did_you_mean.hpp"
#include "storage/data/array_reader.hpp"
#include "storage/data/csv.hpp"
#include "storage/data/joined_reader.hpp"
#include "storage/data/libsvm.hpp"
#include "storage/data/table_reader.hpp"

#include <algorithm>

namespace dk::storage {
namespace {

struct Format {
  std::string_view name;
  OpenArrayFile array = nullptr;
  MakeRowParser table = nullptr;
};

constexpr Format kFormats[] = {{"idx", open_idx},   {"npy", open_npy},
                               {"npz", open_npz},   {"csv", nullptr, make_csv_parser},
                               {"hdf5", open_hdf5}, {"libsvm", nullptr, make_libsvm_parser}};

struct Table {
  SourceConfig config;
  bool as_labels = false;
};

/// A table of some fields; one without features has its labels read as if they were features.
Table table_of(const SourceConfig& config, std::vector<std::string> files,
               std::vector<FieldSource> features, std::vector<FieldSource> labels) {
  Table table{config, features.empty()};
  table.config.files = std::move(files);
  table.config.features = table.as_labels ? labels : std::move(features);
  table.config.labels = table.as_labels ? std::vector<FieldSource>() : std::move(labels);
  if (table.as_labels) table.config.allow_missing = false;
  return table;
}

/// Fields with files of their own have a table each; the others share one.
std::vector<Table> tables_of(const SourceConfig& config) {
  std::vector<Table> tables;
  std::vector<FieldSource> features;
  std::vector<FieldSource> labels;
  for (const auto& field : config.features) {
    field.files.empty() ? features.push_back(field)
                        : tables.push_back(table_of(config, field.files, {field}, {}));
  }
  for (const auto& field : config.labels) {
    field.files.empty() ? labels.push_back(field)
                        : tables.push_back(table_of(config, field.files, {}, {field}));
  }
  if (!features.empty() || !labels.empty()) {
    tables.insert(tables.begin(), table_of(config, config.files, features, labels));
  }
  return tables;
}

Result<std::shared_ptr<const Reader>> open_tables(const SourceConfig& config, MakeRowParser make,
                                                  FileAccess& access) {
  const auto has_files = [](const FieldSource& field) { return !field.files.empty(); };
  if (std::none_of(config.features.begin(), config.features.end(), has_files) &&
      std::none_of(config.labels.begin(), config.labels.end(), has_files)) {
    return open_table(config, make, access);
  }
  if (config.on_bad_row == OnBadRow::kSkip) {
    return fail(
        Errc::kInvalid,
        "on_bad_row: skip needs features and labels in the same files, or the rows that are "
        "left would not belong together");
  }
  std::vector<ReaderPart> parts;
  for (const auto& table : tables_of(config)) {
    DK_TRY_ASSIGN(auto part, open_table(table.config, make, access));
    parts.push_back({std::move(part), table.as_labels});
  }
  return join_readers(std::move(parts));
}

}  // namespace

Result<std::shared_ptr<const Reader>> open_reader(const SourceConfig& config, FileAccess access) {
  const auto* format =
      std::find_if(std::begin(kFormats), std::end(kFormats),
                   [&](const Format& known) { return known.name == config.format; });
  if (format == std::end(kFormats)) {
    return fail(Errc::kInvalid, "data format \"{}\" is not known{}", config.format,
                did_you_mean(config.format, data_formats()));
  }
  auto complete = config;
  // A libsvm row always begins with its label.
  if (config.format == "libsvm" && config.labels.empty()) complete.labels.emplace_back();
  auto opened = format->array != nullptr ? open_arrays(complete, format->array, access)
                                         : open_tables(complete, format->table, access);
  if (!opened || config.limit == 0) return opened;
  return limit_rows(*std::move(opened), config.limit);
}

}  // namespace dk::storage
