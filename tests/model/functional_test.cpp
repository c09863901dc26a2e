// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/functional.hpp"

#include "model/keras/read_json.hpp"
#include "model/keras/write_json.hpp"
#include "model/sequential.hpp"
#include "tests/model/model_support.hpp"

namespace dk::model {
namespace {

TEST(Functional, AChainIsTheSameModelAsASequential) {
  Functional graph;
  const auto image = graph.input({6, 6, 1}, "image");
  const auto x = graph.call("Conv2D", {{"filters", 2}, {"kernel_size", 3}}, image);
  const auto y = graph.call("Dense", {{"units", 3}}, graph.call("Flatten", {}, x));
  auto model = built(graph.model({image}, {y}).value(), {});
  Sequential net;
  net.input({6, 6, 1}).add("Conv2D", {{"filters", 2}, {"kernel_size", 3}});
  net.add("Flatten").add("Dense", {{"units", 3}});
  auto same = built(net.build().value(), {});
  model->initialize(3);
  same->initialize(3);
  const auto pixels = random_floats(36, 5);
  EXPECT_THAT(model->predict(pixels, 1), testing::ElementsAreArray(same->predict(pixels, 1)));
}

TEST(Functional, ASharedLayerHasItsWeightsOnce) {
  Functional graph;
  const auto a = graph.input({3});
  const auto b = graph.input({3});
  const auto shared = graph.layer("Dense", {{"units", 2}, {"use_bias", false}});
  const auto y = graph.call("Subtract", {}, {graph.call(shared, a), graph.call(shared, b)});
  const auto architecture = graph.model({a, b}, {y}).value();
  EXPECT_EQ(architecture.inputs[1].name, "input_layer_1");
  auto model = built(architecture, {});
  EXPECT_EQ(model->parameter_count(), 6U);
  model->initialize(1);
  const float same[] = {1, 2, 3, 1, 2, 3};
  EXPECT_THAT(model->predict(same, 1), testing::ElementsAre(0, 0));
}

TEST(Functional, ANestedModelIsALayerWithSeveralOutputs) {
  Functional inner("inner");
  const auto x = inner.input({4});
  const auto both = inner.model(
      {x}, {inner.call("Dense", {{"units", 2}}, x), inner.call("Dense", {{"units", 3}}, x)});
  Functional outer("outer");
  const auto z = outer.input({4});
  const auto parts = outer.call(both.value(), z);
  const auto y = outer.call("Concatenate", {}, {parts.output(1), parts});
  const auto architecture = outer.model({z}, {y, parts}).value();
  auto model = built(architecture, {});
  model->initialize(2);
  const auto out = model->predict(random_floats(4, 7), 1);
  ASSERT_EQ(out.size(), 7U);
  EXPECT_THAT(out.subspan(3, 2), testing::ElementsAreArray(out.subspan(5, 2)));
}

TEST(Functional, TakesOnlyWhatLeadsToTheOutputs) {
  Functional graph;
  const auto x = graph.input({4});
  const auto hidden = graph.call("Dense", {{"units", 3}}, x);
  graph.call("Dense", {{"units", 9}}, graph.input({7}, "unused"));
  const auto features = graph.model({x}, {hidden}).value();
  EXPECT_EQ(features.layers.size(), 1U);
  const auto whole = graph.model({x}, {graph.call("Dense", {{"units", 1}}, hidden)}).value();
  EXPECT_EQ(whole.layers.size(), 2U);
  EXPECT_EQ(whole.output_name(0), "dense_2");
}

TEST(Functional, ComesBackFromKerasJsonAsItWas) {
  Functional graph("twins");
  const auto a = graph.input({3}, "a");
  const auto b = graph.input({3}, "b");
  const auto shared = graph.layer("Dense", {{"units", 2}});
  const auto sum = graph.call("Add", {}, {graph.call(shared, b), graph.call(shared, a)});
  const auto architecture = graph.model({a, b}, {sum}).value();
  const auto again = read_keras_json(write_keras_json(architecture), "again");
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(*again, architecture);
}

TEST(Functional, ReturnsTheFirstMistake) {
  Functional graph("g");
  const auto x = graph.input({4}, "x");
  const auto other = graph.input({4}, "other");
  const auto y = graph.call("Add", {}, {x, other});
  EXPECT_EQ(graph.model({x}, {y}).error().message,
            "g: the outputs need the input 'other', which the model does not have");
  EXPECT_EQ(graph.model({x, x}, {x}).error().message, "g: the model has the input 'x' twice");
  EXPECT_EQ(graph.model({y}, {y}).error().message,
            "g: input 1 of the model was not made by input()");
  EXPECT_EQ(graph.model({x}, {}).error().message,
            "g: a model needs an input and outputs, all of this graph");
  const auto wrong = graph.call("Dens", {{"units", 1}}, graph.call("Dense", {{"unit", 1}}, x));
  EXPECT_THAT(graph.model({x}, {wrong}).error().message,
              testing::StartsWith("g: layer 2 (Dense): "));
}

TEST(Functional, RefusesTheTensorsOfAnotherGraph) {
  Functional one("one");
  Functional two("two");
  const auto x = one.input({4});
  const auto y = two.call("Flatten", {}, x);
  EXPECT_EQ(two.model({two.input({4})}, {y}).error().message,
            "two: call 1 has no inputs, or a layer or an input of another graph");
}

}  // namespace
}  // namespace dk::model
