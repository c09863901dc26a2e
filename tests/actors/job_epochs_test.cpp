// SPDX-License-Identifier: GPL-3.0-or-later
// What a job does at the end of its epochs, and at the end of the last one.
#include "model/keras/model_file.hpp"
#include "tests/support/job_sweep.hpp"

namespace dk::test {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using Json = nlohmann::json;

class JobEpochs : public JobSweep {
 protected:
  JobEpochs() { tiny.spec.validation = tiny.spec.train; }

  void add_callback(const Json& config) { tiny.spec.callbacks.push_back(config); }
  JobId run() {
    const auto job = cluster().submit(tiny.spec);
    EXPECT_TRUE(cluster().finish(job));
    return job;
  }
  std::vector<double> history(JobId job, const std::string& log) {
    std::vector<double> values;
    const auto outcome = cluster().outcome(job);
    for (const auto& epoch : outcome.at("history")) values.push_back(epoch.at(log).get<double>());
    return values;
  }

  TempDir files;
};

TEST_F(JobEpochs, EachEpochIsValidatedWhileTrainingGoesOn) {
  const auto job = run();
  expect_whole(job);
  const auto validations = cluster().events(job, "validation");
  ASSERT_THAT(validations, SizeIs(6));
  for (std::size_t i = 0; i < validations.size(); ++i) {
    EXPECT_EQ(validations[i].at("epoch"), i + 1);
    EXPECT_TRUE(validations[i].at("loss").is_number());
    EXPECT_TRUE(validations[i].at("metrics").at("accuracy").is_number());
  }
  EXPECT_THAT(history(job, "val_loss"), SizeIs(6));
}

TEST_F(JobEpochs, ALearningRateScheduleReachesTheWorkers) {
  // A rate of next to nothing from the second epoch on: the loss stays where it was.
  add_callback({{"name", "learning_rate_scheduler"},
                {"schedule",
                 {{"name", "piecewise_constant_decay"},
                  {"boundaries", Json::array({1})},
                  {"values", Json::array({0.5, 1e-12})}}}});
  const auto job = run();
  expect_whole(job);
  const auto losses = history(job, "val_loss");
  ASSERT_THAT(losses, SizeIs(6));
  EXPECT_NEAR(losses[5], losses[2], 1e-6);
}

TEST_F(JobEpochs, EarlyStoppingEndsTheJobAndTheBestWeightsComeBack) {
  // Nothing gets better by ten: it stops after one epoch of patience, and the first one was best.
  add_callback({{"name", "early_stopping"},
                {"monitor", "val_loss"},
                {"min_delta", 10},
                {"patience", 1},
                {"restore_best_weights", true}});
  tiny.spec.test = tiny.spec.train;
  const auto job = run();
  const auto outcome = cluster().outcome(job);
  ASSERT_EQ(outcome.at("state"), "finished") << outcome.dump(1);
  EXPECT_THAT(outcome.at("stopped").get<std::string>(), HasSubstr("val_loss"));
  EXPECT_THAT(cluster().events(job, "epoch"), SizeIs(2));
  EXPECT_THAT(cluster().texts(job, "stopped", "reason"), SizeIs(1));
  EXPECT_NEAR(outcome.at("test").at("loss").get<double>(), history(job, "val_loss").front(), 1e-6);
}

TEST_F(JobEpochs, AJobStopsAtItsTarget) {
  add_callback({{"name", "stop_at_target"}, {"monitor", "val_loss"}, {"target", 100}});
  const auto job = run();
  EXPECT_EQ(cluster().outcome(job).at("state"), "finished");
  EXPECT_THAT(cluster().events(job, "epoch"), SizeIs(1));
}

TEST_F(JobEpochs, TheSystemWritesTheModelAndItsCheckpoints) {
  const auto output = files / "out" / "model.keras";
  const auto log = files / "log.csv";
  tiny.spec.output_model = output;
  tiny.spec.epochs = 2;
  add_callback({{"name", "model_checkpoint"}, {"filepath", (files / "e{epoch}.h5").string()}});
  add_callback({{"name", "csv_logger"}, {"filename", log.string()}});
  const auto job = run();
  expect_whole(job);
  EXPECT_THAT(cluster().texts(job, "warning", "message"), IsEmpty());
  EXPECT_THAT(cluster().texts(job, "saved", "path"),
              ElementsAre((files / "e1.h5").string(), (files / "e2.h5").string(), output.string()));
  const auto last = model::read_model_file(files / "e2.h5");
  const auto whole = model::read_model_file(output);
  ASSERT_TRUE(last && last->weights);
  ASSERT_TRUE(whole && whole->weights);
  std::ifstream lines(log);
  std::string line;
  std::getline(lines, line);
  EXPECT_THAT(line, HasSubstr("epoch,"));
}

TEST_F(JobEpochs, AFileThatCannotBeWrittenIsAWarningAndTheJobFinishes) {
  tiny.spec.output_model = std::filesystem::path(tiny.spec.train.source.features[0].files[0]) /
                           "not-a-directory" / "model.keras";
  const auto job = run();
  expect_whole(job);
  EXPECT_THAT(cluster().texts(job, "warning", "message"), Each(HasSubstr("was not written")));
  EXPECT_THAT(cluster().texts(job, "warning", "message"), SizeIs(1));
}

TEST_F(JobEpochs, TheBestCheckpointOutlivesAllThatAreThrownAway) {
  tiny.spec.checkpoint_keep = 1;
  add_callback({{"name", "early_stopping"},
                {"monitor", "val_loss"},
                {"min_delta", 10},
                {"patience", 4},
                {"restore_best_weights", true}});
  tiny.spec.test = tiny.spec.train;
  const auto job = run();
  const auto outcome = cluster().outcome(job);
  ASSERT_EQ(outcome.at("state"), "finished") << outcome.dump(1);
  EXPECT_NEAR(outcome.at("test").at("loss").get<double>(), history(job, "val_loss").front(), 1e-6);
}

/// Decisions are the same whatever dies when.
class JobEpochsSweep : public JobEpochs {
 protected:
  JobEpochsSweep() {
    tiny.spec.workers_max = 2;
    tiny.spec.epochs = 3;
    tiny.spec.test = tiny.spec.train;
    add_callback({{"name", "reduce_lr_on_plateau"},
                  {"monitor", "val_loss"},
                  {"patience", 1},
                  {"min_delta", 10}});
  }
  void disturb_and_compare(const Disturb& disturb) {
    sweep(two, 23, [&] { disturb(); });
  }
};

TEST_F(JobEpochsSweep, TheSupervisorMayDieAtAnyMoment) {
  disturb_and_compare([this] {
    cluster().kill_supervisor();
    for (int i = 0; i < 50; ++i) system().step();
    cluster().start_supervisor();
  });
}

TEST_F(JobEpochsSweep, AnExecutorThatEvaluatesMayDieAtAnyMoment) {
  // The shard's executor has died before, so the one with workers only is the older, and is asked.
  disturb_and_compare([this] {
    cluster().kill_executor(cluster().executor_on("a"));
    for (int i = 0; i < 60; ++i) system().step();
    const auto other = cluster().executor_on("b");
    if (other) cluster().kill_executor(other);
  });
}

TEST_F(JobEpochsSweep, SupervisorAndAllExecutorsMayDieTogetherAndTheFilesAreWritten) {
  tiny.spec.output_model = files / "model.h5";
  tiny.spec.callbacks.push_back(
      {{"name", "model_checkpoint"}, {"filepath", (files / "e{epoch}.h5").string()}});
  disturb_and_compare([this] {
    cluster().kill_supervisor();
    for (const auto* node : {"a", "b"}) {
      const auto executor = cluster().executor_on(node);
      if (executor) cluster().kill_executor(executor);
    }
    cluster().start_supervisor();
  });
  for (const auto* name : {"e1.h5", "e2.h5", "e3.h5", "model.h5"})
    EXPECT_TRUE(std::filesystem::exists(files / name)) << name;
}

TEST_F(JobEpochsSweep, AnExecutorWithAShardMayDieAtAnyMoment) {
  disturb_and_compare([this] { cluster().kill_executor(cluster().executor_on("a")); });
}

}  // namespace
}  // namespace dk::test
