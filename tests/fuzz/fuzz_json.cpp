// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/keras/keras_order.hpp"
#include "model/keras/write_json.hpp"
#include "tests/fuzz/readers.hpp"

/// Keras' JSON. What is read must come back from what is written of it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace dk::model;
  const auto read = read_keras_json({reinterpret_cast<const char*>(data), size}, "fuzz");
  if (!read) return 0;
  const auto again = read_keras_json(write_keras_json(*read), "again");
  if (!again || *again != *read) std::abort();
  static_cast<void>(keras_model_json(in_keras_order(*read), KerasGeneration::kKeras3));
  return 0;
}
