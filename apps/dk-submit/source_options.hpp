// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "storage/data/schema.hpp"
#include "storage/data/source_config.hpp"

#include <CLI/App.hpp>

#include <string>
#include <vector>

namespace dk::submit {

/// A data set as a command line names it.
struct SourceOptions {
  std::vector<std::string> files;  ///< Or globs; their rows follow one another.
  std::string format;              ///< Empty: by the end of the first file's name.
  std::vector<std::string> features;
  std::vector<std::string> labels;
  std::string delimiter = ",";
  std::uint64_t size = 0;
  std::uint64_t limit = 0;
  bool skip_bad_rows = false;
  /// idx, npy: each of `files` is a field of its own, as models with several inputs take them.
  bool file_is_field = false;
};

/// --format, --label, --feature, --delimiter, --size, --limit, --skip-bad-rows; the files are the
/// command's own.
void add_source_options(CLI::App& command, SourceOptions& options);

/// What open_reader takes. Missing features are allowed. kInvalid when the format is not known, or
/// an option does not go with it.
[[nodiscard]] Result<storage::SourceConfig> source_config(const SourceOptions& options);

/// What a model was trained on says what the command line left open: the columns of a csv table,
/// features and (`labels`) labels, by their names in `raw`, if they have some; the size of libsvm
/// rows.
void choose_trained_columns(storage::SourceConfig& config, const storage::Schema& raw, bool labels);

}  // namespace dk::submit
