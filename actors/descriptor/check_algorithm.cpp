// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/descriptor/check_algorithm.hpp"

#include "actors/algorithms/registry.hpp"

namespace dk::descriptor {

Result<void> check_algorithm(const AlgorithmConfig& config) {
  DK_TRY(make_algorithm(config, 1));
  return {};
}

}  // namespace dk::descriptor
