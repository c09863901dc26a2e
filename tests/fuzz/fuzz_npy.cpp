// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/npy.hpp"
#include "tests/fuzz/readers.hpp"

/// NPY arrays in memory. What was read as floats comes back from what is written of it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto array = dk::parse_npy(dk::fuzz::bytes_of(data, size), "fuzz");
  if (!array) return 0;
  const auto again = dk::parse_npy(dk::npy_file(array->shape, array->values), "again");
  if (!again || again->shape != array->shape) std::abort();
  return 0;
}
