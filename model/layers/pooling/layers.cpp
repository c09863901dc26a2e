// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/layers/layers.hpp"

#include "model/layers/pooling/global_pooling.hpp"
#include "model/layers/pooling/pooling.hpp"

namespace dk::model {
namespace {

template <std::size_t rank>
std::unique_ptr<Layer> max(ConfigReader& config) {
  return std::make_unique<Pooling>(config, rank, Pooling::Kind::kMax);
}

template <std::size_t rank>
std::unique_ptr<Layer> average(ConfigReader& config) {
  return std::make_unique<Pooling>(config, rank, Pooling::Kind::kAverage);
}

template <std::size_t rank>
std::unique_ptr<Layer> global_max(ConfigReader& config) {
  return std::make_unique<GlobalPooling>(config, rank, GlobalPooling::Kind::kMax);
}

template <std::size_t rank>
std::unique_ptr<Layer> global_average(ConfigReader& config) {
  return std::make_unique<GlobalPooling>(config, rank, GlobalPooling::Kind::kAverage);
}

}  // namespace

std::span<const LayerClass> pooling_layers() {
  static constexpr LayerClass kClasses[] = {
      {"AveragePooling1D", average<1>},
      {"AveragePooling2D", average<2>},
      {"AveragePooling3D", average<3>},
      {"AvgPool1D", average<1>},
      {"AvgPool2D", average<2>},
      {"AvgPool3D", average<3>},
      {"GlobalAveragePooling1D", global_average<1>},
      {"GlobalAveragePooling2D", global_average<2>},
      {"GlobalAveragePooling3D", global_average<3>},
      {"GlobalAvgPool1D", global_average<1>},
      {"GlobalAvgPool2D", global_average<2>},
      {"GlobalAvgPool3D", global_average<3>},
      {"GlobalMaxPool1D", global_max<1>},
      {"GlobalMaxPool2D", global_max<2>},
      {"GlobalMaxPool3D", global_max<3>},
      {"GlobalMaxPooling1D", global_max<1>},
      {"GlobalMaxPooling2D", global_max<2>},
      {"GlobalMaxPooling3D", global_max<3>},
      {"MaxPool1D", max<1>},
      {"MaxPool2D", max<2>},
      {"MaxPool3D", max<3>},
      {"MaxPooling1D", max<1>},
      {"MaxPooling2D", max<2>},
      {"MaxPooling3D", max<3>},
  };
  return kClasses;
}

}  // namespace dk::model
