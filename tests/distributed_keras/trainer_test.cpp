// SPDX-License-Identifier: GPL-3.0-or-later
#include "distributed_keras/trainers.hpp"
#include "model/sequential.hpp"
#include "model/training/training.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dk {
namespace {

using nlohmann::json;
using testing::HasSubstr;

model::Architecture line(std::size_t inputs = 1) {
  model::Sequential net("line");
  net.input({inputs});
  net.add("Dense", {{"units", 1}});
  auto built = net.build();
  EXPECT_TRUE(built) << built.error().message;
  return *std::move(built);
}

/// y = 2x - 1 at so many points of [0, 1).
struct Line {
  explicit Line(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      x.push_back(static_cast<float>(i) / static_cast<float>(count));
      y.push_back(2 * x.back() - 1);
    }
  }
  [[nodiscard]] model::Data data() const { return {x, y}; }

  std::vector<float> x;
  std::vector<float> y;
};

TrainerConfig config(std::uint32_t epochs = 1) {
  return {.model = line(),
          .optimizer = {{"name", "sgd"}, {"learning_rate", 0.2}},
          .loss = "mse",
          .epochs = epochs};
}

template <class T>
std::string algorithm_of() {
  const Line line(4);
  const T trainer(config(), {{"window", 3}});
  const auto job = trainer.descriptor({.train = line.data()}, "/tmp");
  EXPECT_EQ(job["training"]["algorithm"]["window"], 3);
  return job["training"]["algorithm"]["name"];
}

TEST(Trainers, HaveTheAlgorithmsOfTheirNames) {
  EXPECT_EQ(algorithm_of<SingleTrainer>(), "single");
  EXPECT_EQ(algorithm_of<AveragingTrainer>(), "averaging");
  EXPECT_EQ(algorithm_of<EnsembleTrainer>(), "ensemble");
  EXPECT_EQ(algorithm_of<Downpour>(), "downpour");
  EXPECT_EQ(algorithm_of<Adag>(), "adag");
  EXPECT_EQ(algorithm_of<DynSgd>(), "dynsgd");
  EXPECT_EQ(algorithm_of<Experimental>(), "experimental");
  EXPECT_EQ(algorithm_of<Easgd>(), "easgd");
  EXPECT_EQ(algorithm_of<Aeasgd>(), "aeasgd");
  EXPECT_EQ(algorithm_of<Eamsgd>(), "eamsgd");
}

TEST(Trainers, BringBackAModelThatHasLearnt) {
  const Line line(256);
  SingleTrainer trainer(config(30));
  const auto model = trainer.train({.train = line.data()});
  ASSERT_TRUE(model) << model.error().message;
  const auto logs = model::evaluate(**model, line.data());
  ASSERT_TRUE(logs);
  EXPECT_LT(*model::find_log(*logs, "loss"), 1e-3);
  EXPECT_EQ(trainer.outcome()["event"], "finished");
  EXPECT_GT(trainer.training_time().count(), 0);
  EXPECT_EQ(trainer.job(), JobId{1});
}

TEST(Trainers, TellEveryEventOnceAndInOrder) {
  const Line line(64);
  Adag trainer(config(3));
  std::vector<std::uint64_t> epochs;
  std::string last;
  trainer.on_event([&](const json& event) {
    last = event["event"];
    if (last == "epoch") epochs.push_back(event["epoch"]);
  });
  ASSERT_TRUE(trainer.train({.train = line.data()}));
  EXPECT_THAT(epochs, testing::ElementsAre(1, 2, 3));
  EXPECT_EQ(last, "finished");
}

TEST(Trainers, EndWhenTheyAreCancelled) {
  const Line line(20000);
  Downpour trainer(config(2000));
  trainer.on_event([&](const json& event) {
    if (event["event"] == "epoch") trainer.cancel();
  });
  const auto model = trainer.train({.train = line.data()});
  ASSERT_FALSE(model);
  EXPECT_EQ(model.error().code, Errc::kCancelled);
}

TEST(Trainers, ShareOneClusterWithTheirOwnJobs) {
  const auto cluster = Cluster::embed({.cores = 2});
  ASSERT_TRUE(cluster) << cluster.error().message;
  const Line line(64);
  Adag first(config());
  AveragingTrainer second(config());
  ASSERT_TRUE(first.train({.train = line.data()}, **cluster));
  ASSERT_TRUE(second.train({.train = line.data()}, **cluster));
  EXPECT_EQ(second.job(), JobId{2});
  const auto again = trained_model((*cluster)->gateway(), first.job());
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ((*again)->parameter_count(), 2U);
}

std::string refusal(Trainer& trainer, const TrainingData& data) {
  const auto model = trainer.train(data);
  if (model) return "it trained";
  EXPECT_EQ(model.error().code, Errc::kInvalid);
  return model.error().message;
}

TEST(Trainers, RefuseAParameterThatTheirAlgorithmDoesNotHave) {
  const Line line(64);
  Adag trainer(config(), {{"windows", 3}});
  EXPECT_THAT(refusal(trainer, {.train = line.data()}), HasSubstr("windows"));
}

TEST(Trainers, RefuseParametersThatAreNoObject) {
  const Line line(64);
  Adag trainer(config(), json(12));
  EXPECT_THAT(refusal(trainer, {.train = line.data()}), HasSubstr("12; allowed: an object"));
}

TEST(Trainers, RefuseArraysThatDoNotFitTheModel) {
  const Line line(64);
  const std::vector<float> too_few(63);
  Adag trainer(config());
  EXPECT_THAT(refusal(trainer, {.train = model::Data{line.x, too_few}}), HasSubstr("train"));
}

TEST(Trainers, RefuseSampleWeights) {
  const Line line(64);
  Adag trainer(config());
  EXPECT_THAT(refusal(trainer, {.train = model::Data{line.x, line.y, line.x}}),
              HasSubstr("no sample weights"));
}

TEST(Trainers, RefuseFilesThatAreNotThere) {
  Adag trainer(config());
  const json files = {{"format", "csv"}, {"files", "/nowhere/a.csv"}, {"labels", "y"}};
  EXPECT_THAT(refusal(trainer, {.train = files}), HasSubstr("/nowhere/a.csv"));
}

TEST(Clusters, AreRefusedForAUrlThatIsNone) {
  const auto cluster = Cluster::connect({.urls = "ftp://a"});
  ASSERT_FALSE(cluster);
  EXPECT_EQ(cluster.error().code, Errc::kInvalid);
}

TEST(Clusters, AreRefusedForADirectoryThatIsNotThere) {
  const auto cluster = Cluster::connect({.shared_directory = "/nowhere"});
  ASSERT_FALSE(cluster);
  EXPECT_THAT(cluster.error().message, HasSubstr("/nowhere"));
}

}  // namespace
}  // namespace dk
