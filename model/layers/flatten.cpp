// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/layers/flatten.hpp"

namespace dk::model {

Flatten::Flatten(ConfigReader& config) {
  config.only("data_format", "channels_last");
}

nlohmann::json Flatten::config() const {
  return {{"data_format", "channels_last"}};
}

Result<Shape> Flatten::build(const Shape& input, std::size_t /*max_batch*/) {
  DK_TRY_ASSIGN(const std::size_t size, element_count(input));
  return Shape{size};
}

}  // namespace dk::model
