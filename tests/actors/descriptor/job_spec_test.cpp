// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/descriptor/job_spec.hpp"

#include "tests/actors/descriptor/descriptor_fixture.hpp"

#include <gtest/gtest.h>

namespace dk::test {
namespace {

using nlohmann::json;

/// No field has its default, no two have the same value.
JobSpec every_field() {
  JobSpec spec;
  spec.name = "n\u00e4me \"quoted\"";
  spec.architecture = R"({"class_name": "Sequential"})";
  spec.train.source = storage::array_files("idx", "/train/x", "/train/y");
  spec.train.transforms = json::array({{{"min_max", {{"from", {-2, 3}}, {"to", {0.1, 7}}}}}});
  spec.train.memory_bytes = 1 << 20;
  spec.train.part = {0.25, 0.75, true, 31};
  spec.train.balance = storage::ClassBalance::kUndersample;
  spec.test.emplace().source = storage::array_files("idx", "/test/x", "/test/y");
  spec.test->transforms = json::array({{{"one_hot", 11}}});
  spec.validation.emplace().source = storage::array_files("npy", "/val/x", "/val/y");
  spec.saved_transforms = R"({"raw": {}})";
  spec.algorithm = {"dynsgd", {{"window", 12}, {"rho", 0.5}, {"text", "t"}, {"flag", true}}};
  spec.optimizer = {{"name", "adam"}, {"learning_rate", 0.003}};
  spec.loss = "mean_squared_error";
  spec.metrics = nlohmann::json::array({"a", "b"});
  spec.callbacks = json::array({{{"name", "early_stopping"}, {"patience", 3}}});
  spec.class_weight = {{"0", 2.5}};
  spec.threads = 29;
  spec.initial_model = "/initial.h5";
  spec.output_model = "/output.keras";
  spec.output_predictions = "/predictions.npy";
  spec.batch_size = 21;
  spec.epochs = 22;
  spec.workers_min = 23;
  spec.workers_max = 24;
  spec.parameter_servers = 25;
  spec.checkpoint_every = std::chrono::milliseconds(26);
  spec.checkpoint_keep = 27;
  spec.checkpoint_worker_state = true;
  spec.shuffle = false;
  spec.seed = ~std::uint64_t{0} - 28;
  spec.priority = 29;
  spec.nodes = {{"disk", "ssd"}};
  return spec;
}

void expect_equal(const JobSpec& a, const JobSpec& b) {
  EXPECT_EQ(a.name, b.name);
  EXPECT_EQ(a.architecture, b.architecture);
  EXPECT_EQ(a.train, b.train);
  EXPECT_EQ(a.validation, b.validation);
  EXPECT_EQ(a.test, b.test);
  EXPECT_EQ(a.saved_transforms, b.saved_transforms);
  EXPECT_EQ(a.algorithm.name, b.algorithm.name);
  EXPECT_EQ(a.algorithm.parameters, b.algorithm.parameters);
  EXPECT_EQ(a.optimizer, b.optimizer);
  EXPECT_EQ(a.loss, b.loss);
  EXPECT_EQ(a.metrics, b.metrics);
  EXPECT_EQ(a.callbacks, b.callbacks);
  EXPECT_EQ(a.class_weight, b.class_weight);
  EXPECT_EQ(a.threads, b.threads);
  EXPECT_EQ(a.initial_model, b.initial_model);
  EXPECT_EQ(a.output_model, b.output_model);
  EXPECT_EQ(a.output_predictions, b.output_predictions);
  EXPECT_EQ(a.batch_size, b.batch_size);
  EXPECT_EQ(a.epochs, b.epochs);
  EXPECT_EQ(a.workers_min, b.workers_min);
  EXPECT_EQ(a.workers_max, b.workers_max);
  EXPECT_EQ(a.parameter_servers, b.parameter_servers);
  EXPECT_EQ(a.checkpoint_every, b.checkpoint_every);
  EXPECT_EQ(a.checkpoint_keep, b.checkpoint_keep);
  EXPECT_EQ(a.checkpoint_worker_state, b.checkpoint_worker_state);
  EXPECT_EQ(a.shuffle, b.shuffle);
  EXPECT_EQ(a.seed, b.seed);
  EXPECT_EQ(a.priority, b.priority);
  EXPECT_EQ(a.nodes, b.nodes);
}

TEST(JobSpec, ComesBackFromJsonWithEveryField) {
  const auto read_back = job_spec_from_json(to_json(every_field()));
  ASSERT_TRUE(read_back) << read_back.error().message;
  expect_equal(*read_back, every_field());
}

TEST(JobSpec, ComesBackFromJsonText) {
  const auto read_back = job_spec_from_json(json::parse(to_json(every_field()).dump()));
  ASSERT_TRUE(read_back) << read_back.error().message;
  expect_equal(*read_back, every_field());
}

TEST(JobSpec, ComesBackWithoutTestAndValidationSets) {
  auto spec = every_field();
  spec.validation.reset();
  spec.test.reset();
  const auto read_back = job_spec_from_json(to_json(spec));
  ASSERT_TRUE(read_back) << read_back.error().message;
  EXPECT_FALSE(read_back->validation);
  EXPECT_FALSE(read_back->test);
}

TEST(JobSpec, OfADescriptorComesBackFromJson) {
  const auto spec = read(kFull);
  ASSERT_TRUE(spec) << spec.error().message;
  const auto read_back = job_spec_from_json(json::parse(to_json(*spec).dump()));
  ASSERT_TRUE(read_back) << read_back.error().message;
  expect_equal(*read_back, *spec);
}

TEST(JobSpec, RefusesJsonWithoutOneOfItsKeys) {
  auto whole = to_json(every_field());
  for (const auto* newer : {"checkpoint_worker_state", "nodes", "priority"}) whole.erase(newer);
  for (const auto& [key, value] : whole.items()) {
    auto part = whole;
    part.erase(key);
    const auto spec = job_spec_from_json(part);
    ASSERT_FALSE(spec) << key;
    EXPECT_EQ(spec.error(), (Error{Errc::kCorrupt, "job." + key + " is not there"}));
  }
}

TEST(JobSpec, TakesRecordsFromBeforeAKeyWasThere) {
  auto old = to_json(every_field());
  old.erase("checkpoint_worker_state");
  const auto spec = job_spec_from_json(old);
  ASSERT_TRUE(spec) << spec.error().message;
  EXPECT_FALSE(spec->checkpoint_worker_state);
}

TEST(JobSpec, SaysNothingNewToANodeOfTheVersionBefore) {
  auto spec = every_field();
  spec.nodes.clear();
  EXPECT_FALSE(to_json(spec).contains("nodes"));
}

TEST(JobSpec, NamesAKeyThatItDoesNotKnow) {
  auto newer = to_json(every_field());
  newer["colour"] = "green";
  EXPECT_EQ(job_spec_from_json(newer).error(),
            (Error{Errc::kCorrupt, "job.colour is not a key that this version knows"}));
}

TEST(JobSpec, RefusesAnyKeyOfAnotherType) {
  const auto whole = to_json(every_field());
  for (const auto& [key, value] : whole.items()) {
    auto changed = whole;
    changed[key] = -1.5;
    const auto spec = job_spec_from_json(changed);
    ASSERT_FALSE(spec) << key;
    EXPECT_EQ(spec.error().code, Errc::kCorrupt);
    EXPECT_TRUE(spec.error().message.starts_with("job." + key)) << spec.error().message;
  }
}

TEST(JobSpec, RefusesKeysItDoesNotKnow) {
  auto changed = to_json(every_field());
  changed["colour"] = "red";
  EXPECT_FALSE(job_spec_from_json(changed));
}

TEST(JobSpec, RefusesDamagedDataSets) {
  const struct {
    const char* key;
    const char* value;
    const char* message;
  } cases[] = {
      {"source", "{}", "job.train.source.format is not there"},
      {"transforms", "{}", "job.train.transforms is not a list"},
      {"memory_bytes", "-1", "job.train.memory_bytes is not a whole number"},
      {"part", R"({"begin": 0.5, "end": 0.5})", "job.train.part is not a part of the rows"},
      {"class_balance", R"("maybe")",
       "job.train.class_balance is not none, oversample or undersample"},
      {"colour", "1", "job.train is not made of the known keys only"},
  };
  for (const auto& [key, value, message] : cases) {
    auto changed = to_json(every_field());
    changed["train"][key] = json::parse(value);
    const auto spec = job_spec_from_json(changed);
    ASSERT_FALSE(spec) << key;
    EXPECT_EQ(spec.error(), (Error{Errc::kCorrupt, message}));
  }
}

TEST(JobSpec, RefusesFewerWorkersAtMostThanAtLeast) {
  auto changed = to_json(every_field());
  changed["workers_max"] = 1U;
  EXPECT_FALSE(job_spec_from_json(changed));
}

TEST(JobSpec, RefusesWhatIsNoObject) {
  for (const auto& value : {json(), json(1), json("x"), json::array()}) {
    EXPECT_FALSE(job_spec_from_json(value));
  }
}

}  // namespace
}  // namespace dk::test
