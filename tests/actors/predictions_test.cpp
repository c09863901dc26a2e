// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/predictions.hpp"

#include "base/files.hpp"
#include "base/npy.hpp"
#include "model/keras/read_json.hpp"
#include "tests/support/temp_dir.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

namespace dk {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class Predictions : public ::testing::Test {
 protected:
  /// One dense layer "y" of three units.
  std::unique_ptr<model::Model> dense() {
    const auto layers =
        nlohmann::json::parse(R"([{"Dense": {"units": 3, "name": "y", "input_shape": [1]}}])");
    return model::Model::build(*model::read_layer_list(layers, "test"), {.training = false})
        .value();
  }
  /// Dense layers "one" of one unit and "two" of two.
  std::unique_ptr<model::Model> two_outputs() {
    model::Architecture graph;
    graph.sequential = false;
    graph.inputs = {{"a", {1}}};
    graph.layers = {{"Dense", "one", {{"units", 1}}}, {"Dense", "two", {{"units", 2}}}};
    graph.calls = {{0, {{0, 0}}}, {1, {{0, 0}}}};
    graph.outputs = {{1, 0}, {2, 0}};
    return model::Model::build(graph, {.training = false}).value();
  }
  std::unique_ptr<PredictionSpool> spool(const std::string& name, const model::Model& model,
                                         std::uint64_t rows) {
    auto made = PredictionSpool::create(dir_ / name, model, rows);
    EXPECT_TRUE(made) << made.error().message;
    return std::move(*made);
  }
  std::string text(const std::string& name) { return read_file(dir_ / name).value_or("none"); }

  test::TempDir dir_;
};

TEST_F(Predictions, StandInTheOrderOfTheRowsHoweverTheyCame) {
  const auto predictions = spool("deep/y.csv", *dense(), 3);
  ASSERT_TRUE(predictions->write(2, std::vector<float>{7, 8, 9}));
  ASSERT_TRUE(predictions->write(0, std::vector<float>{1, 2, 3, 4, 5, 6}));
  ASSERT_TRUE(predictions->write(2, std::vector<float>{7, 8, 9})) << "again does no harm";
  EXPECT_EQ(text("deep/y.csv"), "none") << "not before it is whole";
  const auto names = predictions->finish();
  ASSERT_TRUE(names) << names.error().message;
  EXPECT_THAT(*names, ElementsAre((dir_ / "deep/y.csv").string()));
  EXPECT_EQ(text("deep/y.csv"), "y_0,y_1,y_2\n1,2,3\n4,5,6\n7,8,9\n");
}

TEST_F(Predictions, OfManyRowsAreAnArrayThatNumpyReads) {
  constexpr std::size_t kRows = 200'000;
  const auto predictions = spool("y.npy", *dense(), kRows);
  std::vector<float> values(3 * kRows);
  std::iota(values.begin(), values.end(), 0.0F);
  const auto half = std::span<const float>(values).subspan(3 * kRows / 2);
  ASSERT_TRUE(predictions->write(kRows / 2, half));
  ASSERT_TRUE(predictions->write(0, std::span<const float>(values).first(3 * kRows / 2)));
  ASSERT_TRUE(predictions->finish());
  const auto bytes = text("y.npy");
  const auto array = parse_npy(std::as_bytes(std::span(bytes)), "y.npy");
  ASSERT_TRUE(array) << array.error().message;
  EXPECT_EQ(array->shape, (std::vector<std::size_t>{kRows, 3}));
  EXPECT_EQ(array->values, values);
}

TEST_F(Predictions, OfSeveralOutputsHaveAFileEach) {
  const auto predictions = spool("y.csv", *two_outputs(), 2);
  ASSERT_TRUE(predictions->write(0, std::vector<float>{1, 2, 3, 4, 5, 6}));
  ASSERT_TRUE(predictions->finish());
  EXPECT_EQ(text("y.0.csv"), "one\n1\n4\n");
  EXPECT_EQ(text("y.1.csv"), "two_0,two_1\n2,3\n5,6\n");
}

TEST_F(Predictions, LeaveNothingBehindWhenTheyAreNotFinished) {
  {
    const auto predictions = spool("y.npy", *dense(), 2);
    ASSERT_TRUE(predictions->write(0, std::vector<float>{1, 2, 3}));
  }
  EXPECT_TRUE(std::filesystem::is_empty(dir_.path()));
}

TEST_F(Predictions, RefuseRowsThatAreNone) {
  const auto predictions = spool("y.npy", *dense(), 2);
  EXPECT_THAT(predictions->write(2, std::vector<float>{1, 2, 3}).error().message,
              HasSubstr("from row 2 on are no rows of 2"));
  EXPECT_FALSE(predictions->write(0, std::vector<float>{1, 2}));
}

TEST_F(Predictions, ADirectoryThatCannotBeMadeIsNamed) {
  const std::string nothing;
  ASSERT_TRUE(write_file_atomic(dir_ / "file", std::as_bytes(std::span(nothing))));
  const auto made = PredictionSpool::create(dir_ / "file" / "y.npy", *dense(), 1);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, Errc::kIo);
  EXPECT_THAT(made.error().message, HasSubstr("y.npy"));
}

}  // namespace
}  // namespace dk
