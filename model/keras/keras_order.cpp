// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/keras/keras_order.hpp"

#include <algorithm>
#include <numeric>

namespace dk::model {
namespace {

constexpr std::size_t kUnseen = ~std::size_t{0};

/// Keras' walk from the outputs back to the inputs.
struct Walk {
  std::vector<std::size_t> first_seen;  ///< Of each layer, in the order of the walk.
  std::vector<std::size_t> finished;    ///< Calls, each after what it needs.
};

Walk walk(const Architecture& architecture) {
  struct Step {
    std::size_t call = 0;
    std::size_t next_input = 0;
  };
  Walk found;
  found.first_seen.assign(architecture.layers.size(), kUnseen);
  std::vector<bool> entered(architecture.calls.size());
  std::vector<Step> path;
  std::size_t seen = 0;
  const auto enter = [&](const TensorRef& tensor) {
    if (tensor.source < architecture.inputs.size()) {
      ++seen;
      return;
    }
    const std::size_t call = tensor.source - architecture.inputs.size();
    if (entered[call]) return;
    entered[call] = true;
    auto& place = found.first_seen[architecture.calls[call].layer];
    if (place == kUnseen) place = seen++;
    path.push_back({call, 0});
  };
  for (const TensorRef& output : architecture.outputs) {
    enter(output);
    while (!path.empty()) {
      const auto& inputs = architecture.calls[path.back().call].inputs;
      if (path.back().next_input < inputs.size()) {
        enter(inputs[path.back().next_input++]);
      } else {
        found.finished.push_back(path.back().call);
        path.pop_back();
      }
    }
  }
  return found;
}

std::vector<std::size_t> depths(const Architecture& architecture, const Walk& walk) {
  std::vector<std::size_t> of_call(architecture.calls.size());
  std::vector<std::size_t> of_layer(architecture.layers.size());
  for (auto call = walk.finished.rbegin(); call != walk.finished.rend(); ++call) {
    const CallSpec& spec = architecture.calls[*call];
    const std::size_t depth = std::max(of_call[*call], of_layer[spec.layer]);
    of_layer[spec.layer] = depth;
    of_call[*call] = depth;
    for (const TensorRef& input : spec.inputs) {
      if (input.source < architecture.inputs.size()) continue;
      auto& before = of_call[input.source - architecture.inputs.size()];
      before = std::max(before, depth + 1);
    }
  }
  return of_layer;
}

}  // namespace

Architecture in_keras_order(const Architecture& architecture) {
  Architecture sorted = architecture;
  std::vector<std::uint32_t> order(architecture.layers.size());
  std::iota(order.begin(), order.end(), 0U);
  if (!architecture.sequential) {
    const Walk found = walk(architecture);
    const auto depth = depths(architecture, found);
    std::stable_sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
      return depth[a] != depth[b] ? depth[a] > depth[b] : found.first_seen[a] < found.first_seen[b];
    });
  }
  std::vector<std::uint32_t> place(order.size());
  for (std::uint32_t i = 0; i < order.size(); ++i) {
    place[order[i]] = i;
    LayerSpec& layer = sorted.layers[i];
    layer = architecture.layers[order[i]];
    if (layer.model != nullptr) {
      layer.model = std::make_shared<const Architecture>(in_keras_order(*layer.model));
    }
  }
  for (CallSpec& call : sorted.calls) call.layer = place[call.layer];
  return sorted;
}

}  // namespace dk::model
