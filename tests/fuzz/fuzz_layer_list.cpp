// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/config_reader.hpp"
#include "tests/fuzz/readers.hpp"

/// The short form of descriptors.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace dk::model;
  const auto list = parse_json({reinterpret_cast<const char*>(data), size}, "fuzz");
  if (list) static_cast<void>(read_layer_list(*list, "fuzz"));
  return 0;
}
