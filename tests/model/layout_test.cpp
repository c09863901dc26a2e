// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/layout.hpp"

#include "tests/model/model_support.hpp"

namespace dk::model {
namespace {

Variable variable(const std::string& name, Shape shape, bool trainable = true) {
  Variable made;
  made.name = name;
  made.shape = std::move(shape);
  made.trainable = trainable;
  return made;
}

TEST(Layout, PutsTrainableVariablesFirstEachKindInLayerOrder) {
  const auto layout = Layout::make({variable("a", {2, 3}, true), variable("b", {4}, false),
                                    variable("c", {5}, true)})
                          .value();
  ASSERT_EQ(layout.variables().size(), 3U);
  EXPECT_EQ(layout.variables()[1].name, "c");
  EXPECT_EQ(layout.variables()[1].offset, 6U);
  EXPECT_EQ(layout.variables()[2].name, "b");
  EXPECT_EQ(layout.variables()[2].offset, 11U);
  EXPECT_EQ(layout.trainable_count(), 11U);
  EXPECT_EQ(layout.total_count(), 15U);
}

TEST(Layout, HashDependsOnNamesShapesAndKinds) {
  const auto hash = [](Variable one) { return Layout::make({std::move(one)}).value().hash(); };
  const Variable base = variable("a", {2, 3});
  EXPECT_EQ(hash(base), hash(base));
  EXPECT_NE(hash(base), hash(variable("b", {2, 3})));
  EXPECT_NE(hash(base), hash(variable("a", {3, 2})));
  EXPECT_NE(hash(base), hash(variable("a", {2, 3}, false)));
}

TEST(Layout, RefusesMoreThanTwoToThe31Parameters) {
  const Shape half{std::size_t{1} << 16, std::size_t{1} << 15};
  EXPECT_TRUE(Layout::make({variable("a", half)}));
  const auto layout = Layout::make({variable("a", half), variable("b", {1})});
  ASSERT_FALSE(layout);
  EXPECT_THAT(layout.error().message, testing::HasSubstr("more than 2147483648 parameters"));
}

TEST(Layout, OfTheMnistPerceptronIsAsInKeras) {
  const auto model = built(mnist_mlp(), {"categorical_crossentropy", {}, 1});
  const Layout& layout = model->layout();
  // 784 * 1000 + 1000 + 1000 * 250 + 250 + 250 * 10 + 10
  EXPECT_EQ(layout.total_count(), 1'037'760U);
  EXPECT_EQ(layout.trainable_count(), 1'037'760U);
  std::vector<std::string> names;
  for (const Variable& variable : layout.variables()) names.push_back(variable.path());
  EXPECT_THAT(names, testing::ElementsAre("dense/kernel", "dense/bias", "dense_1/kernel",
                                          "dense_1/bias", "dense_2/kernel", "dense_2/bias"));
  EXPECT_EQ(layout.variables()[2].offset, 785'000U);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(model->parameters().data()) % 64, 0U);
}

}  // namespace
}  // namespace dk::model
