// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/fuzz/data_source.hpp"

/// Sparse rows of eight features.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  dk::storage::SourceConfig config;
  config.format = "libsvm";
  config.size = 8;
  if (size % 2 != 0) config.on_bad_row = dk::storage::OnBadRow::kSkip;
  dk::fuzz::read_rows(config, data, size);
  return 0;
}
