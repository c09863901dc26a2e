// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/npy.hpp"
#include "storage/data/array_file.hpp"

#include <limits>

namespace dk::storage {

/// The most bytes that one array may have: a header can announce anything.
inline constexpr std::size_t kMostArrayBytes = std::numeric_limits<std::int64_t>::max() / 2;

/// An array whose values lie one after the other, the last index fastest, up to the file's end.
class FlatArray final : public ArrayFile {
 public:
  /// `type` is NumPy's name, one that `npy_floats` reads. kCorrupt when the file does not end with
  /// the last value.
  static Result<std::unique_ptr<ArrayFile>> make(std::string name, std::vector<std::size_t> shape,
                                                 std::string type,
                                                 std::shared_ptr<const ByteFile> file,
                                                 std::uint64_t begin);

  [[nodiscard]] bool is_bytes() const override { return header_.type == "|u1"; }
  Result<void> read(std::uint64_t first, std::size_t count, std::span<float> out) const override;

 private:
  FlatArray(std::string name, NpyHeader header, std::shared_ptr<const ByteFile> file,
            std::uint64_t begin, std::size_t value_bytes);

  NpyHeader header_;
  std::shared_ptr<const ByteFile> file_;
  std::uint64_t begin_;
  std::size_t value_bytes_;
};

/// A whole .npy file.
Result<std::unique_ptr<ArrayFile>> open_npy_bytes(const std::string& name,
                                                  std::shared_ptr<const ByteFile> file);

}  // namespace dk::storage
