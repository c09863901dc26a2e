// SPDX-License-Identifier: GPL-3.0-or-later
#include "apps/dk-submit/render_evaluation.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dk::submit {
namespace {

using testing::HasSubstr;
using testing::Not;

Evaluation with_classes(std::size_t classes) {
  Evaluation evaluation{0.25, 1201, {{"accuracy", 0.9992}, {"mae", 0.5}}, Confusion(classes)};
  for (int i = 0; i < 1200; ++i) evaluation.classes->add(0, 0);
  evaluation.classes->add(1, 0);
  return evaluation;
}

TEST(RenderEvaluation, OfARegressionIsOneLine) {
  EXPECT_EQ(render_evaluation({0.25, 1200, {{"mae", 0.5}}, {}}),
            "1,200 samples: loss 0.2500, mae 0.5000\n");
}

TEST(RenderEvaluation, ShowsTheMatrixAndTheScores) {
  EXPECT_EQ(render_evaluation(with_classes(2)),
            "1,201 samples: loss 0.2500, accuracy 99.92%, mae 0.5000\n"
            "\n"
            "class (down) taken for (across):\n"
            "           0      1\n"
            "    0  1,200      .\n"
            "    1      1      .\n"
            "\n"
            "       class  precision     recall         F1     support\n"
            "           0     0.9992     1.0000     0.9996       1,200\n"
            "           1     0.0000     0.0000     0.0000           1\n"
            "        mean     0.4996     0.5000     0.4998       1,201\n"
            "    weighted     0.9983     0.9992     0.9988       1,201\n");
}

TEST(RenderEvaluation, OfManyClassesShowsTheMostConfusedPairs) {
  const auto text = render_evaluation(with_classes(21));
  EXPECT_THAT(text, HasSubstr("confused most often:\n  class 1 taken for 0: 1\n"));
  EXPECT_THAT(text, Not(HasSubstr("(down)")));
}

TEST(RenderEvaluation, AsJsonHasEverything) {
  const auto json = evaluation_json(with_classes(2));
  EXPECT_EQ(json["samples"], 1201);
  EXPECT_EQ(json["accuracy"], 0.9992);
  EXPECT_EQ(json["metrics"]["mae"], 0.5);
  EXPECT_EQ(json["classes"]["matrix"], nlohmann::json::parse("[[1200,0],[1,0]]"));
  EXPECT_EQ(json["classes"]["confused"],
            nlohmann::json::parse(R"([{"class":1,"taken_for":0,"count":1}])"));
  EXPECT_EQ(json["classes"]["per_class"][0]["support"], 1200);
  EXPECT_EQ(json["classes"]["mean"]["recall"], 0.5);
  EXPECT_FALSE(evaluation_json(with_classes(21))["classes"].contains("matrix"));
  EXPECT_FALSE(evaluation_json({0.25, 12, {}, {}}).contains("classes"));
}

}  // namespace
}  // namespace dk::submit
