// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/fuzz/readers.hpp"

/// HDF5: whole models and weights of every Keras.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  dk::fuzz::read_and_load(data, size);
  return 0;
}
