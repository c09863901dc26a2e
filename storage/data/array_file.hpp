// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/result.hpp"
#include "storage/data/byte_file.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace dk::storage {

/// An array of numbers in a file; its first dimension counts rows. Thread-safe.
class ArrayFile {
 public:
  virtual ~ArrayFile() = default;

  /// At least one dimension, none of them 0.
  [[nodiscard]] const std::vector<std::size_t>& shape() const { return shape_; }
  [[nodiscard]] std::uint64_t rows() const { return shape_.front(); }
  /// Floats per row.
  [[nodiscard]] std::size_t row_size() const;
  /// Whether all values are unsigned bytes.
  [[nodiscard]] virtual bool is_bytes() const { return false; }
  /// For messages: the file, and which array of it.
  [[nodiscard]] const std::string& name() const { return name_; }

  /// Rows [first, first + count), which are there, into count * row_size() floats.
  virtual Result<void> read(std::uint64_t first, std::size_t count, std::span<float> out) const = 0;

 protected:
  ArrayFile(std::string name, std::vector<std::size_t> shape)
      : name_(std::move(name)), shape_(std::move(shape)) {}
  ArrayFile(const ArrayFile&) = default;
  ArrayFile& operator=(const ArrayFile&) = default;

 private:
  std::string name_;
  std::vector<std::size_t> shape_;
};

/// Opens one file. `dataset` names the array where a file has several: NPZ's `x`, HDF5's `/x`.
/// kNotFound, kIo, kInvalid (another format or type), kCorrupt.
using OpenArrayFile = Result<std::unique_ptr<ArrayFile>> (*)(const std::filesystem::path& path,
                                                             const std::string& dataset,
                                                             FileAccess& access);

Result<std::unique_ptr<ArrayFile>> open_idx(const std::filesystem::path& path,
                                            const std::string& dataset, FileAccess& access);
Result<std::unique_ptr<ArrayFile>> open_npy(const std::filesystem::path& path,
                                            const std::string& dataset, FileAccess& access);
Result<std::unique_ptr<ArrayFile>> open_npz(const std::filesystem::path& path,
                                            const std::string& dataset, FileAccess& access);
Result<std::unique_ptr<ArrayFile>> open_hdf5(const std::filesystem::path& path,
                                             const std::string& dataset, FileAccess& access);

/// The arrays of a file, as `dataset` names them; at most 50 of HDF5. The same errors.
Result<std::vector<std::string>> npz_names(const std::filesystem::path& path);
Result<std::vector<std::string>> hdf5_names(const std::filesystem::path& path);

}  // namespace dk::storage
