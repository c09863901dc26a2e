// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/bytes.hpp"
#include "base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace dk::model::hdf5 {

/// HDF5's "no address".
inline constexpr std::uint64_t kUndefined = ~std::uint64_t{0};

/// A type of values as it stands in a file.
struct Type {
  std::size_t size = 0;
  bool variable_text = false;  ///< Elements are places in a global heap.
};

/// A string in a global heap.
struct HeapPlace {
  std::uint32_t length = 0;
  std::uint64_t collection = 0;
  std::uint32_t index = 0;
};

struct Attribute {
  std::string name;
  std::vector<HeapPlace> texts;  ///< With a variable type.
};

/// Readers of the messages of an object header (HDF5 file format specification, section IV.A.2).
/// They take exactly the forms that h5py writes by default; errors have no place in front.
Result<Type> read_datatype(ByteReader& reader);
/// The number of elements.
Result<std::uint64_t> read_dataspace(ByteReader& reader);
Result<void> read_fill_value(ByteReader& reader);
Result<Attribute> read_attribute(std::span<const std::byte> message);

}  // namespace dk::model::hdf5
