// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/callbacks/callback.hpp"

#include "base/files.hpp"
#include "model/callbacks/learning_rate_scheduler.hpp"
#include "model/callbacks/terminate_on_nan.hpp"
#include "tests/model/callbacks/callback_support.hpp"
#include "tests/support/temp_dir.hpp"

#include <cmath>
#include <limits>

namespace dk::model {
namespace {

TEST(Callback, KerasClassNamesAndOurNamesMeanTheSame) {
  for (const char* name : {"EarlyStopping", "ReduceLROnPlateau", "TerminateOnNaN"}) {
    EXPECT_TRUE(make_callback({{"name", name}})) << name;
    EXPECT_TRUE(make_callback({{"class_name", name}, {"config", nlohmann::json::object()}}));
  }
  EXPECT_TRUE(make_callback("terminate_on_nan"));
}

TEST(Callback, EveryUnknownNameKeyAndValueIsRefusedByName) {
  EXPECT_EQ(refusal(R"({"name": "early_stoping"})"),
            "callback: unknown name \"early_stoping\"; did you mean 'early_stopping'?; supported: "
            "early_stopping, model_checkpoint, reduce_lr_on_plateau, learning_rate_scheduler, "
            "csv_logger, terminate_on_nan, stop_at_target");
  EXPECT_THAT(refusal(R"({"name": "early_stopping", "patiense": 3})"),
              testing::StartsWith("callback early_stopping: unknown setting \"patiense\"; did you "
                                  "mean 'patience'?"));
  EXPECT_THAT(refusal(R"({"name": "early_stopping", "patience": -1})"),
              testing::StartsWith("callback early_stopping: patience is -1; it must be"));
  EXPECT_THAT(refusal(R"({"name": "early_stopping", "mode": "up"})"),
              testing::HasSubstr("mode is \"up\"; it must be one of auto, min, max"));
  EXPECT_EQ(refusal(R"({"name": "reduce_lr_on_plateau", "factor": 1})"),
            "callback reduce_lr_on_plateau: factor is 1; it must be a number in [0, 1)");
  EXPECT_EQ(refusal(R"({"name": "learning_rate_scheduler"})"),
            "callback learning_rate_scheduler: schedule is missing");
  EXPECT_EQ(refusal(R"({"name": "csv_logger", "filename": "x", "separator": ""})"),
            "callback csv_logger: separator is \"\"; it must be one character");
}

TEST(Callback, NeedsNothingThatIsNotMeasured) {
  const auto stopping = callback(R"({"name": "early_stopping", "monitor": "val_los"})");
  EXPECT_EQ(check_needs(*stopping, {"loss", "val_loss"}).error().message,
            "a callback needs \"val_los\", which is not measured; did you mean 'val_loss'?; there "
            "are loss, val_loss");
  EXPECT_TRUE(check_needs(*stopping, {"val_los"}));
}

TEST(LearningRateScheduler, AsksTheFunctionBeforeEachEpoch) {
  LearningRateScheduler halving(
      [](std::uint64_t epoch, double rate) { return epoch == 0 ? rate : rate / 2; });
  FakeContext context;
  run(halving, context, "loss", {1, 1, 1});
  EXPECT_EQ(context.rate, 0.25F);
}

TEST(LearningRateScheduler, CountsAScheduleInEpochs) {
  const auto scheduler = callback(R"({"name": "learning_rate_scheduler", "schedule":
      {"name": "step", "initial_learning_rate": 0.5, "drop": 0.5, "steps": 2}})");
  FakeContext context;
  ASSERT_TRUE(scheduler->on_epoch_begin(1, context));
  EXPECT_EQ(context.rate, 0.5F);
  ASSERT_TRUE(scheduler->on_epoch_begin(2, context));
  EXPECT_EQ(context.rate, 0.25F);
}

TEST(TerminateOnNaN, StopsAtTheFirstBatchOrEpochThatIsNotFinite) {
  TerminateOnNaN terminate;
  FakeContext context;
  ASSERT_TRUE(terminate.on_batch_end(1e30, context));
  EXPECT_EQ(context.reason, "");
  ASSERT_TRUE(terminate.on_batch_end(std::numeric_limits<double>::infinity(), context));
  EXPECT_EQ(context.reason, "the loss of a batch is inf");
  ASSERT_TRUE(terminate.on_epoch_end(2, {{"loss", std::nan("")}}, context));
  EXPECT_EQ(context.reason, "the loss of epoch 3 is nan");
}

class CSVLogging : public testing::Test {
 protected:
  void log(bool append, const std::vector<Logs>& epochs) {
    const auto logger = make_callback({{"name", "csv_logger"},
                                       {"filename", path_.string()},
                                       {"separator", ";"},
                                       {"append", append}})
                            .value();
    FakeContext context;
    ASSERT_TRUE(logger->on_train_begin(context));
    for (std::size_t i = 0; i < epochs.size(); ++i) {
      ASSERT_TRUE(logger->on_epoch_end(i, epochs[i], context));
    }
    ASSERT_TRUE(logger->on_train_end(context));
  }

  dk::test::TempDir dir_;
  std::filesystem::path path_ = dir_ / "log.csv";
};

TEST_F(CSVLogging, WritesALineForEachEpochSortedByName) {
  log(false, {{{"loss", 0.5}, {"accuracy", 0.25}}, {{"loss", 0.125}}});
  EXPECT_EQ(read_file(path_).value(), "epoch;accuracy;loss\n0;0.25;0.5\n1;NA;0.125\n");
}

TEST_F(CSVLogging, AppendsWithoutASecondHeaderOrBeginsAnew) {
  log(true, {{{"loss", 1}}});
  log(true, {{{"loss", 2}}});
  EXPECT_EQ(read_file(path_).value(), "epoch;loss\n0;1\n0;2\n");
  log(false, {{{"loss", 3}}});
  EXPECT_EQ(read_file(path_).value(), "epoch;loss\n0;3\n");
}

TEST_F(CSVLogging, AFileThatCannotBeWrittenEndsTheTraining) {
  FakeContext context;
  const auto logger =
      make_callback({{"name", "csv_logger"}, {"filename", (dir_ / "no" / "x").string()}}).value();
  EXPECT_EQ(logger->on_train_begin(context).error().code, Errc::kIo);
}

}  // namespace
}  // namespace dk::model
