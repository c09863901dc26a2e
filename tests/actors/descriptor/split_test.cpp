// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/actors/descriptor/descriptor_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dk::test {
namespace {

using storage::Part;
using testing::HasSubstr;

/// A descriptor with more lines in `data`; "" for none.
std::string with_data(std::string_view lines, std::string_view end = "") {
  return with(kSmall, "training:", std::string(lines) + "training:") + std::string(end);
}

TEST(Split, DividesTheTrainingFilesAmongThreeSets) {
  const auto spec =
      read(with_data("  split: {train: 0.7, validation: 0.1, test: 0.2, stratified: true}\n"
                     "  transform: [{one_hot: 10}]\n",
                     "seed: 9\n"));
  ASSERT_TRUE(spec) << spec.error().message;
  EXPECT_EQ(spec->train.part, (Part{0, 0.7, true, 9}));
  EXPECT_EQ(spec->validation->part.begin, spec->train.part.end);
  EXPECT_EQ(spec->validation->part.end, spec->test->part.begin);
  EXPECT_EQ(spec->test->part.end, 1);  // though 0.7 + 0.1 + 0.2 is below 1 in binary
  EXPECT_EQ(spec->test->part.seed, 9U);
  EXPECT_EQ(spec->validation->source, spec->train.source);
  EXPECT_EQ(spec->test->source, spec->train.source);
  EXPECT_EQ(spec->test->transforms, spec->train.transforms);
}

TEST(Split, TakesTheRestForTheTrainingAndASeedOfItsOwn) {
  const auto spec = read(with_data("  split: {test: 0.25, seed: 0}\n", "seed: 9\n"));
  ASSERT_TRUE(spec) << spec.error().message;
  EXPECT_EQ(spec->train.part, (Part{0, 0.75, false, 0}));
  EXPECT_EQ(spec->test->part, (Part{0.75, 1, false, 0}));
  EXPECT_FALSE(spec->validation);
}

TEST(Split, MayLeaveRowsOut) {
  const auto spec = read(with_data("  split: {train: 0.5, test: 0.25}\n"));
  ASSERT_TRUE(spec) << spec.error().message;
  EXPECT_EQ(spec->test->part.end, 0.75);
}

TEST(Split, GoesTogetherWithATestSetOfOtherFiles) {
  const auto spec =
      read(with_data("  split: {validation: 0.1}\n"
                     "  test: {format: idx, features: tx, labels: ty}\n"));
  ASSERT_TRUE(spec) << spec.error().message;
  EXPECT_TRUE(spec->test->part.is_all());
  EXPECT_EQ(spec->train.part.end, 0.9);
}

TEST(Split, RefusesFractionsThatDoNotDivideTheRows) {
  const struct {
    const char* lines;
    const char* message;
  } cases[] = {
      {"  split: {train: 0}\n",
       "job.yaml:5:18: data.split.train is '0'; allowed: a number above 0 and up to 1"},
      {"  split: {test: 1.5}\n", "data.split.test is '1.5'; allowed: a number above 0 and up to 1"},
      {"  split: {train: 0.9, test: 0.2}\n",
       "job.yaml:5:10: data.split: the fractions' sum is 1.1; allowed: up to 1"},
      {"  split: {validation: 0.5, test: 0.5}\n", "which leaves nothing for the training"},
      {"  split: {stratified: true}\n", "data.split has no fractions"},
      {"  split: {tset: 0.2}\n", "unknown key 'tset' in data.split; allowed: seed,"},
      {"  split: {test: 0.2, seed: x}\n", "data.split.seed is 'x'"},
      {"  split: 0.2\n", "data.split"},
      {"  split: {test: 0.2}\n  test: {format: idx, features: tx, labels: ty}\n",
       "job.yaml:6:9: data.test and data.split both say which rows are for test; allowed: one of "
       "them"},
      {"  split: {test: 0.2}\n  validation: {fraction: 0.1}\n",
       "data.validation and data.split both say which rows are for validation"}};
  for (const auto& [lines, message] : cases) {
    EXPECT_THAT(faults_of(with_data(lines)), HasSubstr(message)) << lines;
  }
}

TEST(SandblasterLbfgs, IsRefusedForAModelWithConstraints) {
  const auto text =
      with(with(kFull, "model: mlp.json",
                "model: [{Dense: {units: 10, input_shape: [784], name: out, kernel_constraint: "
                "NonNeg}}]"),
           "algorithm: {name: downpour, window: 5}", "algorithm: sandblaster-lbfgs");
  EXPECT_THAT(faults_of(text),
              HasSubstr("job.yaml:11:14: training.algorithm is 'sandblaster-lbfgs' and the model "
                        "has a constraint on weights (layer out: kernel_constraint)"));
  EXPECT_EQ(faults_of(with(text, "sandblaster-lbfgs", "adag")), "");
  EXPECT_EQ(faults_of(with(text, "kernel_constraint: NonNeg", "trainable: true")), "");
}

}  // namespace
}  // namespace dk::test
