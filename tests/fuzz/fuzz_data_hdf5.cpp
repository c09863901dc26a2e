// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/fuzz/data_source.hpp"

/// HDF5 data sets: whatever the library does, the process lives.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  dk::storage::SourceConfig config;
  config.format = "hdf5";
  config.features = {{}};
  dk::fuzz::read_rows(config, data, size);
  return 0;
}
