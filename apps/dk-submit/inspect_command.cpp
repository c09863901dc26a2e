// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/api/api_error.hpp"
#include "apps/dk-submit/command.hpp"
#include "apps/dk-submit/render_profile.hpp"
#include "base/did_you_mean.hpp"
#include "storage/data/open_reader.hpp"

#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <memory>

namespace dk::submit {
namespace {

struct InspectOptions {
  std::vector<std::string> files;
  std::string format;
  std::vector<std::string> features;
  std::vector<std::string> labels;
  std::string delimiter = ",";
  std::uint64_t size = 0;
  std::uint64_t limit = 0;
  std::size_t rows = 5;
  bool skip_bad_rows = false;
  bool all = false;
};

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

Result<std::string> format_of(const InspectOptions& options) {
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

Result<storage::SourceConfig> config_of(const InspectOptions& options) {
  storage::SourceConfig config;
  DK_TRY_ASSIGN(config.format, format_of(options));
  const bool arrays = config.format == "idx" || config.format == "npy";
  const bool named = config.format == "hdf5" || config.format == "npz";
  if (named && options.features.empty()) {
    return fail(Errc::kInvalid, "{}: {} holds several arrays; name them with --feature and --label",
                options.files.front(), config.format);
  }
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
    storage::FieldSource all;
    all.files = options.files;
    config.features = {all};
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

Result<DataProfile> inspect(const InspectOptions& options, std::string& source) {
  DK_TRY_ASSIGN(const auto config, config_of(options));
  source = storage::describe(config);
  DK_TRY_ASSIGN(const auto reader, storage::open_reader(config));
  return profile(*reader, options.rows);
}

int show(const InspectOptions& options, bool json) {
  std::string source;
  const auto profile = inspect(options, source);
  if (!profile) return report(profile.error(), json);
  if (json) {
    std::cout << api::to_line(profile_json(*profile, source)) << "\n";
  } else {
    std::cout << render_profile(*profile, source, {::isatty(STDOUT_FILENO) != 0, options.all});
  }
  return kFinished;
}

void add_options(CLI::App& command, InspectOptions& options) {
  command.add_option("FILE", options.files, "The data files, or globs; rows follow one another")
      ->required();
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
                  "an array. May be repeated")
      ->type_name("NAME")
      ->allow_extra_args(false);
  command.add_option("--delimiter", options.delimiter, "csv: between the columns")
      ->type_name("CHAR");
  command.add_option("--size", options.size, "libsvm: features per row");
  command.add_option("--limit", options.limit, "The first rows only (0: all)");
  command.add_option("--rows", options.rows, "How many rows are printed (default 5)")
      ->check(CLI::Range(0, 1000));
  command.add_flag("--skip-bad-rows", options.skip_bad_rows,
                   "Count bad rows of csv and libsvm instead of stopping at the first");
  command.add_flag("--all", options.all, "Print all columns and label values");
}

}  // namespace

void add_data_commands(CLI::App& app, const Globals& globals, Action& chosen) {
  CLI::App* data = add_command(app, "data", "Look at data files",
                               "dk-submit data inspect iris.csv --label species");
  data->require_subcommand(1);
  const auto options = std::make_shared<InspectOptions>();
  CLI::App* command = add_command(
      *data, "inspect",
      "Rows, columns, types, ranges, missing values, histograms and classes of data files",
      "dk-submit data inspect iris.csv --label species\n"
      "  dk-submit data inspect train-images-idx3-ubyte.gz --label train-labels-idx1-ubyte.gz");
  add_options(*command, *options);
  command->callback([options, &globals, &chosen] {
    chosen = [options, &globals] { return show(*options, globals.json); };
  });
}

}  // namespace dk::submit
