// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "apps/dk-submit/confusion.hpp"
#include "model/model.hpp"

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace dk::submit {

/// Rows of floats that are written as they come: a .npy array, or a .csv table with a header. The
/// file has its name when `finish` was called; until then, and after an error, there is none.
class RowFile {
 public:
  /// `shape` begins with the rows. `columns`: as many as a row has numbers, for .csv.
  static Result<RowFile> create(const std::filesystem::path& path,
                                std::span<const std::size_t> shape,
                                const std::vector<std::string>& columns);
  RowFile(RowFile&&) noexcept = default;
  RowFile& operator=(RowFile&&) noexcept = default;
  ~RowFile();

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  /// Whole rows. Says nothing of errors; `finish` does.
  void write(std::span<const float> values);
  /// One row of a table whose last columns are texts.
  void write(std::span<const float> values, std::span<const std::string> texts);
  Result<void> finish();

 private:
  RowFile() = default;
  void flush();

  std::filesystem::path path_;
  std::filesystem::path temporary_;  ///< Empty: finished.
  std::unique_ptr<std::ofstream> out_;
  std::size_t width_ = 0;
  bool csv_ = false;
  std::string text_;
};

/// The class beside the numbers, or alone, or not.
enum class WriteIndex { kNo, kBeside, kOnly };

/// A model's predictions as files: `y.npy`, or with several outputs `y.0.npy`, `y.1.npy` ...
/// Classes (class_of of the last axis) are the last columns of a table and a file `y.index.npy` of
/// their own.
class PredictionFiles {
 public:
  /// kInvalid when the name ends neither in .npy nor in .csv.
  static Result<PredictionFiles> create(const std::filesystem::path& path,
                                        const model::Model& model, std::uint64_t rows,
                                        WriteIndex index, const ClassRule& rule,
                                        std::vector<std::string> class_names = {});

  /// `rows` samples' outputs, as Model::predict gives them.
  void write(std::span<const float> outputs, std::size_t rows);
  /// The names of the files, which are there now.
  Result<std::vector<std::string>> finish();

 private:
  struct Output {
    std::size_t size = 0;   ///< Numbers of a sample.
    std::size_t width = 1;  ///< Numbers of a class decision.
    int values = -1;        ///< Their places in files_; -1: not written.
    int classes = -1;
  };
  Result<void> add(const std::filesystem::path& path, const model::Shape& shape,
                   const std::string& name, std::uint64_t rows);

  std::vector<RowFile> files_;
  std::vector<Output> outputs_;
  WriteIndex index_ = WriteIndex::kNo;
  ClassRule rule_;
  /// In tables, instead of class numbers; or empty.
  std::vector<std::string> class_names_;
  std::vector<std::string> texts_;
  std::vector<float> row_;
};

}  // namespace dk::submit
