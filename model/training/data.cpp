// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/training/data.hpp"

namespace dk::model {

Result<std::size_t> count_samples(const Model& model, const Data& data, std::string_view what) {
  if (model.target_size() == 0) {
    return fail(Errc::kInvalid, "{}: the model was built without a loss", what);
  }
  const std::size_t samples = data.x.size() / model.input_size();
  if (samples == 0 || data.x.size() % model.input_size() != 0) {
    return fail(Errc::kInvalid, "{}: x has {} floats; the model takes {} per sample", what,
                data.x.size(), model.input_size());
  }
  if (data.y.size() != samples * model.target_size()) {
    return fail(Errc::kInvalid, "{}: y has {} floats; {} samples of {} make {}", what,
                data.y.size(), samples, model.target_size(), samples * model.target_size());
  }
  if (!data.sample_weights.empty() && data.sample_weights.size() != samples) {
    return fail(Errc::kInvalid, "{}: {} sample weights for {} samples", what,
                data.sample_weights.size(), samples);
  }
  return samples;
}

Data rows(const Model& model, const Data& data, std::size_t first, std::size_t count) {
  const std::size_t x = model.input_size();
  const std::size_t y = model.target_size();
  const bool weighted = !data.sample_weights.empty();
  return {data.x.subspan(first * x, count * x), data.y.subspan(first * y, count * y),
          weighted ? data.sample_weights.subspan(first, count) : std::span<const float>()};
}

}  // namespace dk::model
