// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/layers/convolutional/conv.hpp"

namespace dk::model {

Conv::Conv(ConfigReader& config, std::size_t rank)
    : DirectConvolution(config, rank, rank == 1, "kernel", "kernel"),
      filters_(config.count("filters")),
      groups_(config.count("groups", 1)) {
  config.only_null({"lora_rank", "lora_alpha", "quantization_config"});
  if (filters_ % groups_ != 0) {
    config.problem(fmt::format("filters is {}; it must be a multiple of groups, which is {}",
                               filters_, groups_));
  }
}

nlohmann::json Conv::config() const {
  nlohmann::json config = common_config();
  config["filters"] = filters_;
  config["groups"] = groups_;
  write_kernel(config);
  return config;
}

Result<Shape> Conv::build(const Shape& input, const BuildContext& context) {
  DK_TRY_ASSIGN(const Extent extent, extent_of(input));
  if (extent.channels % groups_ != 0) {
    return fail(Errc::kInvalid,
                "the input {} has {} channels; they must be a multiple of groups, which is {}",
                to_string(input), extent.channels, groups_);
  }
  return plan(extent, {extent.channels / groups_, filters_}, groups_, filters_, context);
}

}  // namespace dk::model
