// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/fuzz/readers.hpp"

/// Keras 3 archives. Checksums stop most changes; fuzz_json and fuzz_hdf5 read the parts.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  dk::fuzz::read_and_load(data, size);
  return 0;
}
