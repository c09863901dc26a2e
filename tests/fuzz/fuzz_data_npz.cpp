// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/fuzz/data_source.hpp"

/// NPZ data sets of one array.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  dk::storage::SourceConfig config;
  config.format = "npz";
  config.features = {{}};
  dk::fuzz::read_rows(config, data, size);
  return 0;
}
