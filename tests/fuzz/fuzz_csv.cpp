// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/fuzz/data_source.hpp"

/// Tables; the first byte chooses how they are read.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  dk::storage::SourceConfig config;
  config.format = "csv";
  if ((data[0] & 1) != 0) config.labels = {{"", {}, {"-1"}}};
  if ((data[0] & 2) != 0) config.header = (data[0] & 4) != 0;
  config.allow_missing = (data[0] & 8) != 0;
  if ((data[0] & 16) != 0) config.on_bad_row = dk::storage::OnBadRow::kSkip;
  if ((data[0] & 32) != 0) config.delimiter = ';';
  dk::fuzz::read_rows(config, data + 1, size - 1);
  return 0;
}
