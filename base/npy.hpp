// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/result.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace dk {

/// An array of floats, the last index fastest. No dimension means one value.
struct NpyArray {
  std::vector<std::size_t> shape;
  std::vector<float> values;
};

/// What stands in front of the values of a NumPy .npy file of format version 1 to 3. Errors are
/// kInvalid when it is another file or another type, kCorrupt when it is damaged, cut off or too
/// long; `source`, a file's name for example, stands in front of the message.
struct NpyHeader {
  std::string type;  ///< `<f4`
  std::vector<std::size_t> shape;
};

/// The bytes that `npy_header_size` looks at.
inline constexpr std::size_t kNpyStartBytes = 12;

/// The header's bytes, from the file's start to the first value; at least kNpyStartBytes. `start`
/// is how the file begins.
[[nodiscard]] Result<std::size_t> npy_header_size(std::span<const std::byte> start,
                                                  std::string_view source);
/// `header` has as many bytes as `npy_header_size` says.
[[nodiscard]] Result<NpyHeader> parse_npy_header(std::span<const std::byte> header,
                                                 std::string_view source);
/// The bytes of the values; kInvalid above `most_bytes` or when there are none.
[[nodiscard]] Result<std::size_t> npy_value_bytes(const NpyHeader& header, std::size_t most_bytes,
                                                  std::string_view source);
/// Little-endian float32, float64, int32, int64 and uint8, which `npy_value_bytes` let pass, become
/// float32, rounded where float32 cannot hold them.
[[nodiscard]] std::vector<float> npy_floats(const NpyHeader& header,
                                            std::span<const std::byte> values);

/// A whole .npy file in memory.
[[nodiscard]] Result<NpyArray> parse_npy(std::span<const std::byte> file, std::string_view source);

/// What stands in front of float32 values in C order in such a file.
[[nodiscard]] std::vector<std::byte> npy_start(std::span<const std::size_t> shape);
/// The bytes that `numpy.save` writes for float32 values in C order. `values` has as many elements
/// as `shape` says.
[[nodiscard]] std::vector<std::byte> npy_file(std::span<const std::size_t> shape,
                                              std::span<const float> values);

}  // namespace dk
