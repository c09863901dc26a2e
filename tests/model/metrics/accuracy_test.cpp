// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/metrics/accuracy.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dk::model {
namespace {

Result<Metric> find(std::vector<std::string> names, const char* loss, std::size_t outputs) {
  return find_metric(names, **find_loss(loss), outputs);
}

std::uint64_t count(const Metric& metric, std::vector<float> outputs, std::vector<float> targets,
                    std::size_t size) {
  return metric.count({outputs.data(), targets.data(), nullptr, outputs.size() / size, size});
}

TEST(Accuracy, IsChosenAsInKeras) {
  EXPECT_EQ(find({"accuracy"}, "categorical_crossentropy", 3)->name, "categorical_accuracy");
  EXPECT_EQ(find({"acc"}, "sparse_categorical_crossentropy", 3)->name,
            "sparse_categorical_accuracy");
  EXPECT_EQ(find({"accuracy"}, "mse", 1)->name, "binary_accuracy");
  EXPECT_EQ(find({}, "mse", 1)->count, nullptr);
}

TEST(Accuracy, CountsWhereTheLargestOutputIsTheTarget) {
  const std::vector<float> outputs{1, 3, 2, 5, 4, 6};
  EXPECT_EQ(count(*find({"accuracy"}, "mse", 3), outputs, {0, 1, 0, 1, 0, 0}, 3), 1U);
  EXPECT_EQ(count(*find({"accuracy"}, "sparse_categorical_crossentropy", 3), outputs, {1, 2}, 3),
            2U);
}

TEST(Accuracy, OfOneOutputIsWhetherItIsAboveOneHalf) {
  EXPECT_EQ(count(*find({"accuracy"}, "mse", 1), {0.5F, 0.6F, 0.4F}, {1, 1, 0}, 1), 2U);
}

TEST(Accuracy, UnknownOrUnfitNameIsRefused) {
  EXPECT_EQ(find({"acuracy"}, "mse", 1).error().message,
            "unknown metric \"acuracy\"; did you mean 'accuracy'?; supported: accuracy, acc, "
            "binary_accuracy, categorical_accuracy, sparse_categorical_accuracy");
  EXPECT_EQ(find({"binary_accuracy"}, "mse", 3).error().message,
            "metric binary_accuracy does not fit the loss mean_squared_error with 3 outputs; "
            "categorical_accuracy does");
}

}  // namespace
}  // namespace dk::model
