// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/keras/keras_order.hpp"

#include <gtest/gtest.h>

namespace dk::model {
namespace {

LayerSpec dense(const char* name) {
  return {"Dense", name, {{"units", 2}}};
}

std::vector<std::string> names(const Architecture& architecture) {
  std::vector<std::string> found;
  for (const auto& layer : architecture.layers) found.push_back(layer.name);
  return found;
}

/// x -> long1 -> long2 -> add, x -> short -> add -> out, made in another order.
TEST(KerasOrder, IsByDistanceFromTheOutputsThenByTheWalk) {
  Architecture model;
  model.sequential = false;
  model.inputs = {{"x", {2}}};
  model.layers = {dense("out"), dense("short"), dense("long2"), dense("long1"), {"Add", "add"}};
  model.calls = {{3, {{0, 0}}}, {2, {{1, 0}}}, {1, {{0, 0}}}, {4, {{2, 0}, {3, 0}}}, {0, {{4, 0}}}};
  model.outputs = {{5, 0}};
  const auto sorted = in_keras_order(model);
  EXPECT_EQ(names(sorted), (std::vector<std::string>{"long1", "long2", "short", "add", "out"}));
  for (std::size_t i = 0; i < model.calls.size(); ++i) {
    EXPECT_EQ(sorted.layers[sorted.calls[i].layer].name, model.layers[model.calls[i].layer].name);
    EXPECT_EQ(sorted.calls[i].inputs, model.calls[i].inputs);
  }
  EXPECT_EQ(in_keras_order(sorted), sorted);
}

TEST(KerasOrder, ASequentialStaysAsItIs) {
  Architecture model;
  model.inputs = {{"x", {2}}};
  for (const char* name : {"c", "a", "b"}) model.append(dense(name));
  EXPECT_EQ(in_keras_order(model), model);
}

}  // namespace
}  // namespace dk::model
