// SPDX-License-Identifier: GPL-3.0-or-later
// Evaluations that are spread over the executors, and jobs that do nothing else.
#include "actors/descriptor/job_model.hpp"
#include "actors/evaluation.hpp"
#include "base/files.hpp"
#include "base/npy.hpp"
#include "model/keras/model_file.hpp"
#include "tests/support/job_sweep.hpp"

namespace dk::test {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using Json = nlohmann::json;

class JobEvaluation : public JobSweep {
 protected:
  JobEvaluation() {
    auto& spec = tiny.spec;
    spec.metrics = {"accuracy", "confusion_matrix"};
    const auto model = build_initial_model(spec).value();
    EXPECT_TRUE(write_job_model(spec, *model, files / "m.keras", false));
    spec.initial_model = files / "m.keras";
    spec.test = spec.train;
    spec.epochs = 0;
    spec.seed = 99;  // the weights are the file's
    spec.output_predictions = files / "y.npy";
    const auto data = storage::Dataset::load(*spec.test).value();
    const auto keep = [&](std::span<const float> x, std::span<const float>,
                          std::size_t n) -> Result<void> {
      const auto outputs = model->predict(x, n);
      expected.insert(expected.end(), outputs.begin(), outputs.end());
      return {};
    };
    sums = evaluate_model(*model, *data, keep).value();
  }

  JobId run() {
    const auto job = cluster().submit(tiny.spec);
    EXPECT_TRUE(cluster().finish(job));
    return job;
  }
  std::vector<float> written() {
    const auto bytes = read_file(files / "y.npy").value_or("");
    return parse_npy(std::as_bytes(std::span(bytes)), "y.npy").value_or(NpyArray{}).values;
  }
  void expect_right(JobId job) {
    const auto outcome = cluster().outcome(job);
    ASSERT_EQ(outcome.value("state", "?"), "finished") << told(job);
    const auto& test = outcome.at("test");
    EXPECT_EQ(test.at("samples"), kSamples);
    EXPECT_NEAR(test.at("loss").get<double>(), sums.loss.loss_sum / static_cast<double>(kSamples),
                1e-9);
    const auto& table = test.at("tables").at("confusion_matrix");
    EXPECT_EQ(table.get<std::vector<double>>(),
              std::vector<double>(sums.metrics.end() - 9, sums.metrics.end()));
    EXPECT_EQ(written(), expected);
    EXPECT_FALSE(std::filesystem::exists(files / "y.npy.rows"));
    std::filesystem::remove(files / "y.npy");
  }

  TempDir files;
  EvaluationSums sums;
  std::vector<float> expected;
};

TEST_F(JobEvaluation, AJobOfNoEpochsEvaluatesAndPredictsAndTrainsNothing) {
  const auto job = run();
  expect_right(job);
  const auto outcome = cluster().outcome(job);
  EXPECT_TRUE(outcome.at("train").is_null());
  EXPECT_THAT(outcome.at("account"), IsEmpty());
  EXPECT_THAT(cluster().events(job, "checkpoint"), SizeIs(1));
  EXPECT_THAT(cluster().texts(job, "saved", "path"), ElementsAre((files / "y.npy").string()));
  EXPECT_THAT(cluster().texts(job, "warning", "message"), IsEmpty());
}

TEST_F(JobEvaluation, RowsWithoutLabelsArePredicted) {
  tiny.spec.test->source.labels.clear();
  tiny.spec.train = *tiny.spec.test;
  const auto job = run();
  const auto outcome = cluster().outcome(job);
  ASSERT_EQ(outcome.value("state", "?"), "finished") << told(job);
  EXPECT_TRUE(outcome.at("test").at("loss").is_null());
  EXPECT_EQ(outcome.at("test").at("samples"), kSamples);
  EXPECT_EQ(written(), expected);
}

TEST_F(JobEvaluation, ATrainedModelPredictsAtItsEnd) {
  tiny.spec.epochs = 2;
  tiny.spec.validation = tiny.spec.train;
  tiny.spec.output_model = files / "trained.keras";
  const auto job = run();
  expect_whole(job);
  const auto predictions = written();
  ASSERT_EQ(predictions.size(), expected.size());
  EXPECT_NE(predictions, expected);
  EXPECT_THAT(cluster().texts(job, "saved", "path"), Contains((files / "trained.keras").string()));
  EXPECT_THAT(cluster().events(job, "validation"), SizeIs(2));
}

TEST_F(JobEvaluation, PredictionsThatCannotBeWrittenFailAJobThatIsForThem) {
  const std::string nothing;
  ASSERT_TRUE(write_file_atomic(files / "file", std::as_bytes(std::span(nothing))));
  tiny.spec.output_predictions = files / "file" / "y.npy";
  const auto job = run();
  const auto outcome = cluster().outcome(job);
  EXPECT_EQ(outcome.at("state"), "failed");
  EXPECT_THAT(outcome.at("reason").get<std::string>(), HasSubstr("predictions were not written"));
}

TEST_F(JobEvaluation, ButOnlyWarnWhenSomethingWasTrained) {
  const std::string nothing;
  ASSERT_TRUE(write_file_atomic(files / "file", std::as_bytes(std::span(nothing))));
  tiny.spec.output_predictions = files / "file" / "y.npy";
  tiny.spec.epochs = 1;
  const auto job = run();
  expect_whole(job);
  EXPECT_THAT(cluster().texts(job, "warning", "message"),
              Contains(HasSubstr("predictions were not written")));
  EXPECT_TRUE(cluster().outcome(job).at("test").at("loss").is_number());
}

TEST_F(JobEvaluation, DataThatAreGoneFailTheJobWithTheReason) {
  tiny.spec.workers_max = 1;
  const auto job = cluster().submit(tiny.spec);
  std::filesystem::remove(tiny.spec.test->source.features[0].files[0]);
  ASSERT_TRUE(cluster().finish(job));
  const auto outcome = cluster().outcome(job);
  EXPECT_EQ(outcome.at("state"), "failed");
  EXPECT_THAT(outcome.at("reason").get<std::string>(),
              HasSubstr("the test data could not be evaluated"));
}

/// Disturbed after each few messages in turn: the same numbers and the same file, every time.
class JobEvaluationSweep : public JobEvaluation {
 protected:
  void disturb_and_compare(const Disturb& disturb) {
    const auto seed = dk::testing::test_seed(1);
    int runs_disturbed = 0;
    for (std::uint64_t moment = seed % 13; !HasFailure(); moment += 13) {
      SCOPED_TRACE(fmt::format("disturbed after message {}, DK_SEED={}", moment, seed));
      build(two, seed * 1'000'000 + moment);
      const auto job = cluster().submit(tiny.spec);
      const auto start = system().steps();
      ASSERT_TRUE(cluster().run_until(
          [&] { return cluster().ended(job) || system().steps() - start >= moment; }));
      if (cluster().ended(job)) break;
      disturb();
      ASSERT_TRUE(cluster().finish(job)) << "it hangs: " << told(job);
      expect_right(job);
      ++runs_disturbed;
    }
    EXPECT_GT(runs_disturbed, 10);
  }
};

TEST_F(JobEvaluationSweep, TheExecutorWithTheShardMayDieAtAnyMoment) {
  disturb_and_compare([this] { cluster().kill_executor(cluster().executor_on("a")); });
}

TEST_F(JobEvaluationSweep, TheOtherExecutorMayDieAtAnyMoment) {
  disturb_and_compare([this] { cluster().kill_executor(cluster().executor_on("b")); });
}

TEST_F(JobEvaluationSweep, TheSupervisorMayDieAtAnyMoment) {
  disturb_and_compare([this] {
    cluster().kill_supervisor();
    for (int i = 0; i < 50; ++i) system().step();
    cluster().start_supervisor();
  });
}

}  // namespace
}  // namespace dk::test
