// SPDX-License-Identifier: GPL-3.0-or-later
#include "apps/dk-submit/source_options.hpp"

#include "base/did_you_mean.hpp"

#include <algorithm>

namespace dk::submit {
namespace {

struct Ending {
  std::string_view end;
  std::string_view format;
};

constexpr Ending kEndings[] = {{".csv", "csv"},    {".tsv", "csv"},       {".npy", "npy"},
                               {".npz", "npz"},    {".h5", "hdf5"},       {".hdf5", "hdf5"},
                               {".svm", "libsvm"}, {".libsvm", "libsvm"}, {"-ubyte", "idx"},
                               {".idx", "idx"}};

std::string_view unpacked(std::string_view name) {
  for (const std::string_view end : {".gz", ".zst"}) {
    if (name.ends_with(end)) return name.substr(0, name.size() - end.size());
  }
  return name;
}

Result<std::string> format_of(const SourceOptions& options) {
  const auto& formats = storage::data_formats();
  if (options.format.empty()) {
    const auto name = unpacked(options.files.front());
    for (const auto& known : kEndings) {
      if (name.ends_with(known.end)) return std::string(known.format);
    }
    return fail(Errc::kInvalid, "{}: the name does not say the format; give --format: {}",
                options.files.front(), listed(formats));
  }
  if (std::find(formats.begin(), formats.end(), options.format) != formats.end()) {
    return options.format;
  }
  return fail(Errc::kInvalid, "format '{}' is not known{}", options.format,
              did_you_mean(options.format, formats));
}

/// A field per name: of a column, an array in the files, or of files of its own.
storage::FieldSource source_of(const std::string& format, const std::string& name) {
  storage::FieldSource source;
  if (format == "csv") source.columns = {name};
  if (format == "hdf5" || format == "npz") source.dataset = name;
  if (format == "idx" || format == "npy") source.files = {name};
  return source;
}

std::vector<storage::FieldSource> file_fields(const SourceOptions& options) {
  if (!options.file_is_field) return {{"", options.files}};
  std::vector<storage::FieldSource> fields;
  for (const auto& file : options.files) fields.push_back({"", {file}});
  return fields;
}

/// Nothing when some field has no columns with names. `kind` is how a column is called that has
/// none.
std::vector<storage::FieldSource> named_columns(const std::vector<storage::Field>& fields,
                                                std::string_view kind) {
  std::vector<storage::FieldSource> sources;
  for (const auto& field : fields) {
    auto columns = field.columns;
    if (columns.empty() && field.shape.empty() && !field.name.starts_with(kind)) {
      columns = {field.name};
    }
    if (columns.empty()) return {};
    sources.push_back({field.name, {}, std::move(columns)});
  }
  return sources;
}

}  // namespace

Result<storage::SourceConfig> source_config(const SourceOptions& options) {
  storage::SourceConfig config;
  DK_TRY_ASSIGN(config.format, format_of(options));
  const bool arrays = config.format == "idx" || config.format == "npy";
  if (config.format == "libsvm" && !(options.features.empty() && options.labels.empty())) {
    return fail(Errc::kInvalid, "libsvm rows have one label and --size features; none are named");
  }
  if (options.delimiter.size() != 1 && options.delimiter != "\\t") {
    return fail(Errc::kInvalid, "--delimiter is '{}'; allowed: one character, or \\t",
                options.delimiter);
  }
  const bool tabs = unpacked(options.files.front()).ends_with(".tsv") && options.delimiter == ",";
  config.delimiter = tabs || options.delimiter == "\\t" ? '\t' : options.delimiter.front();
  if (arrays) {
    config.features = file_fields(options);
    if (!options.features.empty()) {
      return fail(Errc::kInvalid, "--feature is for csv, hdf5 and npz; {} files are the features",
                  config.format);
    }
  } else {
    config.files = options.files;
  }
  for (const auto& name : options.features) {
    config.features.push_back(source_of(config.format, name));
  }
  for (const auto& name : options.labels) config.labels.push_back(source_of(config.format, name));
  config.size = options.size;
  config.limit = options.limit;
  config.allow_missing = true;
  if (options.skip_bad_rows) config.on_bad_row = storage::OnBadRow::kSkip;
  return config;
}

void choose_trained_columns(storage::SourceConfig& config, const storage::Schema& raw,
                            bool labels) {
  if (config.format == "libsvm" && config.size == 0) config.size = raw.feature_size();
  if (config.format != "csv") return;
  if (config.features.empty()) config.features = named_columns(raw.features, "features");
  if (labels && config.labels.empty()) config.labels = named_columns(raw.labels, "labels");
}

void add_source_options(CLI::App& command, SourceOptions& options) {
  command.add_option("--format", options.format,
                     "idx, npy, npz, csv, hdf5 or libsvm (default: by the name's end)");
  command
      .add_option("--label", options.labels,
                  "csv: a column; hdf5, npz: an array; idx, npy: a file of labels. May be repeated")
      ->type_name("NAME")
      ->allow_extra_args(false);
  command
      .add_option("--feature", options.features,
                  "csv: a column, or a range of them (default: all that are no labels); hdf5, npz: "
                  "an array (default: the one called x, features, x_test ...). May be repeated")
      ->type_name("NAME")
      ->allow_extra_args(false);
  command.add_option("--delimiter", options.delimiter, "csv: between the columns")
      ->type_name("CHAR");
  command.add_option("--size", options.size, "libsvm: features per row");
  command.add_option("--limit", options.limit, "The first rows only (0: all)");
  command.add_flag("--skip-bad-rows", options.skip_bad_rows,
                   "Count bad rows of csv and libsvm instead of stopping at the first");
}

}  // namespace dk::submit
