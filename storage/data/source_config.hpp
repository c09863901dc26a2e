// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/result.hpp"

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace dk::storage {

/// Columns of a table whose fields are texts.
struct TextSource {
  /// A column's or the field's name; empty: the whole field.
  std::string name;
  /// A text is a number by its hash; else by its place among `texts`, and then the field has one
  /// column alone unless `name` is a column's.
  bool hashed = false;
  /// Empty: all that are in the files, sorted.
  std::vector<std::string> texts{};
  bool operator==(const TextSource&) const = default;
};

/// Where one input or one output of the samples comes from.
struct FieldSource {
  /// How the field is called; empty: by its column or its place.
  std::string name;
  /// Paths or globs (`part-*.npy`, in the order of their names); the rows of one file follow those
  /// of the file before. Empty: the files of the data set.
  std::vector<std::string> files;
  /// csv: names of the header, numbers from 0 on (-1 is the last), or ranges of them ("1-784").
  std::vector<std::string> columns{};
  /// hdf5: the dataset's path in the file; npz: the array's name.
  std::string dataset{};
  /// csv: what is no number; add_text_columns finds it out.
  std::vector<TextSource> texts{};
  bool operator==(const FieldSource&) const = default;
};

enum class OnBadRow { kFail, kSkip };

/// The files of a data set and how they are read. Compressed files (gzip, Zstandard; told by their
/// first bytes) are read like plain ones.
struct SourceConfig {
  /// One of `data_formats()`.
  std::string format;
  /// What several fields share: the tables of csv and libsvm, the files of hdf5 and npz.
  std::vector<std::string> files;
  /// csv: empty means all columns that are no label.
  std::vector<FieldSource> features;
  /// Empty: rows without labels.
  std::vector<FieldSource> labels{};

  /// csv: whether the first row names the columns; nothing: if none of its fields is a number.
  std::optional<bool> header{};
  char delimiter = ',';
  /// csv: texts that mean "missing" beside the empty one, NA, N/A, NaN, nan, null and NULL.
  std::vector<std::string> missing{};
  /// Whether a feature may be missing (NaN): when a transform fills it.
  bool allow_missing = false;
  /// libsvm: features per row; and whether their numbers start at 0, not at 1.
  std::uint64_t size = 0;
  bool zero_based = false;

  OnBadRow on_bad_row = OnBadRow::kFail;
  /// The first rows only; 0: all of them.
  std::uint64_t limit = 0;
  bool operator==(const SourceConfig&) const = default;
};

/// One file of features and one of labels.
[[nodiscard]] SourceConfig array_files(std::string format, const std::filesystem::path& features,
                                       const std::filesystem::path& labels);

/// idx, npy, npz, csv, hdf5, libsvm.
[[nodiscard]] const std::vector<std::string>& data_formats();

/// The files that are read, for messages: the first one and how many more.
[[nodiscard]] std::string describe(const SourceConfig& config);

/// Keys that have their default are left out.
[[nodiscard]] nlohmann::json to_json(const SourceConfig& config);
/// The inverse. kCorrupt names the key that is not what `to_json` writes; `path` is the object's
/// own name.
[[nodiscard]] Result<SourceConfig> source_from_json(const nlohmann::json& json,
                                                    const std::string& path);

}  // namespace dk::storage
