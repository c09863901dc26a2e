// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/losses/mean_squared_error.hpp"

namespace dk::model {
namespace {

double mean_squared_error(const LossBatch& batch) {
  const float scale = 2.0F / (static_cast<float>(batch.n) * static_cast<float>(batch.size));
  double sum = 0;
  for (std::size_t i = 0; i < batch.n * batch.size; ++i) {
    const float difference = batch.outputs[i] - batch.targets[i];
    sum += static_cast<double>(difference) * difference;
    if (batch.gradient != nullptr) batch.gradient[i] = scale * difference;
  }
  return sum / static_cast<double>(batch.size);
}

}  // namespace

const Loss kMeanSquaredError{
    .name = "mean_squared_error", .alias = "mse", .from_outputs = mean_squared_error};

}  // namespace dk::model
