// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/bytes.hpp"
#include "model/shape.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace dk::model {

/// Reads an untrusted HDF5 file in memory, of the kind that `check_hdf5` lets pass. Paths are
/// `group/sub/dataset` from the root, which is "". Errors begin with the file's name. One thread at
/// a time for all files: the HDF5 library has one global state; calls from several threads wait.
class Hdf5Reader {
 public:
  /// Copies the bytes.
  static Result<Hdf5Reader> open(std::span<const std::byte> file, std::string source);
  Hdf5Reader(Hdf5Reader&&) noexcept;
  Hdf5Reader& operator=(Hdf5Reader&&) noexcept;
  ~Hdf5Reader();

  [[nodiscard]] const std::string& source() const;
  /// An upper bound of the values that all datasets together can have.
  [[nodiscard]] std::size_t file_bytes() const;
  [[nodiscard]] bool has(const std::string& path) const;
  [[nodiscard]] bool is_group(const std::string& path) const;
  /// A group's members, sorted by name.
  [[nodiscard]] Result<std::vector<std::string>> members(const std::string& group) const;

  /// An attribute that is one string; nothing when there is none of this name.
  [[nodiscard]] Result<std::optional<std::string>> text(const std::string& path,
                                                        const std::string& attribute) const;
  /// An attribute that is a list of strings, also in Keras' parts `name0`, `name1` ... of lists
  /// above 64 KiB; nothing when there is none of this name.
  [[nodiscard]] Result<std::optional<std::vector<std::string>>> texts(
      const std::string& path, const std::string& attribute) const;

  [[nodiscard]] Result<Shape> shape(const std::string& dataset) const;
  /// The values of any type of number; float64 and integers are rounded.
  [[nodiscard]] Result<std::vector<float>> floats(const std::string& dataset) const;
  /// A dataset of one value.
  [[nodiscard]] Result<double> number(const std::string& dataset) const;

 private:
  struct State;
  explicit Hdf5Reader(std::unique_ptr<State> state);

  std::unique_ptr<State> state_;
};

/// Makes an HDF5 file in memory as h5py does; the same bytes for the same calls. Groups on the way
/// to a path are made. The first failure is returned by `finish`.
class Hdf5Writer {
 public:
  Hdf5Writer();
  Hdf5Writer(const Hdf5Writer&) = delete;
  Hdf5Writer& operator=(const Hdf5Writer&) = delete;
  ~Hdf5Writer();

  void group(const std::string& path);
  void text(const std::string& path, const std::string& attribute, std::string_view value);
  /// In parts as Keras does when they are above 64 KiB.
  void texts(const std::string& path, const std::string& attribute,
             std::span<const std::string> values);
  void floats(const std::string& dataset, const Shape& shape, std::span<const float> values);
  /// One int64.
  void integer(const std::string& dataset, std::int64_t value);

  [[nodiscard]] Result<Bytes> finish() &&;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace dk::model
