// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/descriptor/job_model.hpp"

#include "model/keras/model_file.hpp"
#include "tests/support/temp_dir.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace dk {
namespace {

using Json = nlohmann::json;

JobSpec spec_of(const AlgorithmConfig& algorithm) {
  JobSpec spec;
  spec.name = "tiny";
  spec.architecture = R"({"class_name": "Sequential", "config": {"name": "tiny", "layers": [
    {"class_name": "Dense", "config": {"name": "hidden", "units": 3, "activation": "tanh",
                                       "batch_input_shape": [null, 2]}},
    {"class_name": "BatchNormalization", "config": {"name": "norm"}},
    {"class_name": "Dense", "config": {"name": "out", "units": 2}}]}})";
  spec.algorithm = algorithm;
  spec.loss = "mse";
  spec.batch_size = 4;
  spec.workers_max = 2;
  spec.seed = 5;
  return spec;
}

constexpr float kInput[] = {0.25F, -1};

TEST(JobModel, OfAnEnsembleIsTheWeightedMeanOfItsMembers) {
  const auto spec =
      spec_of({"ensemble", {{"combiner", "weighted"}, {"weights", Json::array({3, 1})}}});
  std::vector<float> flat;
  float expected[2] = {0, 0};
  for (const std::uint32_t member : {0U, 1U}) {
    const auto model = *build_initial_model(spec, member);
    // Moving statistics of its own, so that a swap of members is seen.
    for (float& x : model->parameters().subspan(model->trainable_count()))
      x += 0.5F * static_cast<float>(member);
    flat.insert(flat.end(), model->parameters().begin(), model->parameters().end());
    const auto y = model->predict(kInput, 1);
    for (int i = 0; i < 2; ++i)
      expected[i] += (member == 0 ? 0.75F : 0.25F) * y[static_cast<std::size_t>(i)];
  }
  const auto delivered = *build_delivered_model(spec);
  ASSERT_TRUE(set_delivered_weights(spec, flat, *delivered));
  const auto y = delivered->predict(kInput, 1);
  EXPECT_NEAR(y[0], expected[0], 1e-6);
  EXPECT_NEAR(y[1], expected[1], 1e-6);
}

TEST(JobModel, MembersOfAnEnsembleBeginDifferently) {
  const auto spec = spec_of({"ensemble"});
  const auto first = *build_initial_model(spec, 0);
  const auto second = *build_initial_model(spec, 1);
  EXPECT_FALSE(std::ranges::equal(first->parameters(), second->parameters()));
}

TEST(JobModel, OfEveryOtherJobIsTheModelItself) {
  const auto spec = spec_of({"adag"});
  const auto trained = *build_initial_model(spec);
  const auto delivered = *build_delivered_model(spec);
  ASSERT_TRUE(set_delivered_weights(spec, trained->parameters(), *delivered));
  EXPECT_TRUE(std::ranges::equal(delivered->parameters(), trained->parameters()));
  EXPECT_EQ(delivered->architecture(), trained->architecture());
}

TEST(JobModel, TakesItsTransformsIntoItsFiles) {
  const test::TempDir dir;
  auto spec = spec_of({"adag"});
  spec.optimizer = {{"name", "sgd"}};
  spec.saved_transforms = R"({"raw":{},"transforms":[]})";
  const auto trained = *build_initial_model(spec);
  for (const auto* name : {"m.h5", "m.keras"}) {
    ASSERT_TRUE(write_job_model(spec, *trained, dir / name, false));
    EXPECT_EQ(model::read_model_file(dir / name)->transforms, spec.saved_transforms) << name;
  }
}

TEST(JobModel, RefusesWeightsOfAnotherSize) {
  const auto spec = spec_of({"ensemble"});
  const auto delivered = *build_delivered_model(spec);
  const std::vector<float> too_few(3);
  const auto set = set_delivered_weights(spec, too_few, *delivered);
  ASSERT_FALSE(set);
  EXPECT_EQ(set.error().code, Errc::kInvalid);
}

}  // namespace
}  // namespace dk
