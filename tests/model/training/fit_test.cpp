// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/callbacks/learning_rate_scheduler.hpp"
#include "model/keras/model_file.hpp"
#include "model/training/training.hpp"
#include "tests/model/model_support.hpp"
#include "tests/support/temp_dir.hpp"

#include <limits>

namespace dk::model {
namespace {

/// y = 2 a - b + 1.
struct Plane {
  explicit Plane(std::size_t samples) : x(random_floats(2 * samples, 1)) {
    for (std::size_t i = 0; i < samples; ++i) y.push_back(2 * x[2 * i] - x[2 * i + 1] + 1);
  }
  [[nodiscard]] Data data() const { return {x, y}; }
  std::vector<float> x;
  std::vector<float> y;
};

class Fitting : public testing::Test {
 protected:
  explicit Fitting(const char* list = R"([{"Dense": {"units": 1, "input_shape": [2]}}])")
      : model_(built(layers(list), {"mse", {"mae"}, 32})),
        optimizer_(
            make_optimizer({{"name", "sgd"}, {"learning_rate", 0.125}}, model_->layout()).value()) {
    model_->initialize(4);
  }
  Result<History> fit(const FitConfig& config) {
    return dk::model::fit(*model_, *optimizer_, plane_.data(), config);
  }
  std::vector<float> parameters() {
    return {model_->parameters().begin(), model_->parameters().end()};
  }

  Plane plane_{50};
  std::unique_ptr<Model> model_;
  std::unique_ptr<Optimizer> optimizer_;
};

TEST_F(Fitting, FindsThePlane) {
  const auto history = fit({.epochs = 40, .batch_size = 8}).value();
  EXPECT_EQ(history.epochs.size(), 40U);
  EXPECT_LT(history["loss"].back(), 1e-6);
  EXPECT_THAT(parameters(), testing::Pointwise(testing::FloatNear(1e-3F), {2.0F, -1.0F, 1.0F}));
}

TEST_F(Fitting, TrainsOnTheLastBatchToo) {
  ASSERT_TRUE(fit({.epochs = 2, .batch_size = 8}));
  EXPECT_EQ(optimizer_->steps(), 14U);
}

TEST_F(Fitting, TheLossOfAnEpochIsTheMeanOverItsSamples) {
  ASSERT_TRUE(optimizer_->set_learning_rate(0));
  const auto history = fit({.batch_size = 32}).value();
  const auto whole = evaluate(*model_, plane_.data()).value();
  EXPECT_NEAR(history["loss"][0], *find_log(whole, "loss"), 1e-6);
  EXPECT_NEAR(history[whole[1].name][0], whole[1].value, 1e-6);
}

TEST_F(Fitting, WithoutShufflingIsTrainOnBatchInTurn) {
  auto other = model_->clone().value();
  auto same = make_optimizer(optimizer_->config(), other->layout()).value();
  ASSERT_TRUE(fit({.batch_size = 25, .shuffle = false}));
  for (const std::size_t first : {0U, 25U}) {
    ASSERT_TRUE(train_on_batch(*other, *same, rows(*other, plane_.data(), first, 25)));
  }
  EXPECT_THAT(parameters(), testing::ElementsAreArray(other->parameters()));
}

TEST_F(Fitting, ValidatesOnTheLastPartAndNeverTrainsOnIt) {
  for (std::size_t i = 40; i < 50; ++i) plane_.y[i] = 100;
  const auto history = fit({.epochs = 40, .batch_size = 8, .validation_split = 0.2}).value();
  EXPECT_LT(history["loss"].back(), 1e-6);
  EXPECT_GT(history["val_loss"].back(), 1000);
  EXPECT_EQ(optimizer_->steps(), 200U);
}

TEST_F(Fitting, SamplesOfWeightZeroTeachNothing) {
  std::vector<float> weights(50, 1);
  for (std::size_t i = 0; i < 50; i += 2) {
    plane_.y[i] = 100;
    weights[i] = 0;
  }
  const Data data{plane_.x, plane_.y, weights};
  ASSERT_TRUE(dk::model::fit(*model_, *optimizer_, data, {.epochs = 80, .batch_size = 10}));
  EXPECT_THAT(parameters(), testing::Pointwise(testing::FloatNear(1e-2F), {2.0F, -1.0F, 1.0F}));
}

TEST_F(Fitting, KeepsConstraints) {
  auto model = built(layers(R"([{"Dense": {"units": 1, "input_shape": [2],
                                            "kernel_constraint": "non_neg"}}])"),
                     {"mse", nullptr, 32});
  auto sgd = make_optimizer("sgd", model->layout()).value();
  ASSERT_TRUE(dk::model::fit(*model, *sgd, plane_.data(), {.epochs = 3}));
  EXPECT_EQ(model->parameters()[1], 0);
}

TEST_F(Fitting, ALearningRateSchedulerShowsInTheHistory) {
  LearningRateScheduler halving([](std::uint64_t, double rate) { return rate / 2; });
  const auto history = fit({.epochs = 2, .callbacks = {&halving}}).value();
  EXPECT_THAT(history["learning_rate"], testing::ElementsAre(0.0625, 0.03125));
}

TEST_F(Fitting, EarlyStoppingEndsItAndSaysWhy) {
  ASSERT_TRUE(optimizer_->set_learning_rate(0));
  const auto stopping = make_callback({{"name", "early_stopping"}, {"monitor", "loss"}}).value();
  const auto history = fit({.epochs = 9, .shuffle = false, .callbacks = {stopping.get()}}).value();
  EXPECT_EQ(history.epochs.size(), 2U);
  EXPECT_THAT(history.stopped, testing::StartsWith("loss has not got better than"));
}

TEST_F(Fitting, TerminateOnNaNEndsItAtTheBatch) {
  plane_.y[3] = std::numeric_limits<float>::infinity();
  const auto terminate = make_callback("terminate_on_nan").value();
  const FitConfig config{
      .epochs = 9, .batch_size = 10, .shuffle = false, .callbacks = {terminate.get()}};
  const auto history = fit(config).value();
  EXPECT_EQ(optimizer_->steps(), 1U);
  EXPECT_EQ(history.stopped, "the loss of a batch is inf");
}

TEST_F(Fitting, ACheckpointIsAModelThatTrainsOn) {
  const dk::test::TempDir dir;
  const auto path = dir / "new/{epoch:02d}.keras";
  const auto saving =
      make_callback({{"name", "model_checkpoint"}, {"filepath", path.string()}}).value();
  ASSERT_TRUE(fit({.epochs = 2, .callbacks = {saving.get()}}));
  const auto file = read_model_file(dir / "new/02.keras");
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ(file->training_config["loss"], "mse");
  auto again = build_model(*file, {"mse"}).value();
  EXPECT_THAT(parameters(), testing::ElementsAreArray(again->parameters()));
}

TEST_F(Fitting, SaysALineForEachEpoch) {
  std::vector<std::string> lines;
  ASSERT_TRUE(optimizer_->set_learning_rate(0.5));
  ASSERT_TRUE(fit({.epochs = 3, .initial_epoch = 1, .verbose = [&](std::string_view line) {
                     lines.emplace_back(line);
                   }}));
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_THAT(lines[0], testing::StartsWith("epoch 2/3 - loss: "));
  EXPECT_THAT(lines[0], testing::EndsWith(" - learning_rate: 0.5"));
}

TEST_F(Fitting, RefusesWhatDoesNotFitBeforeTheFirstStep) {
  const auto stopping = make_callback("early_stopping").value();
  EXPECT_EQ(fit({.batch_size = 33}).error().message,
            "fit: batch_size is 33; the model was built for 1 to 32");
  EXPECT_THAT(fit({.validation_split = 0.999}).error().message,
              testing::HasSubstr("of 50 samples that leaves 0 to train on"));
  EXPECT_THAT(fit({.callbacks = {stopping.get()}}).error().message,
              testing::StartsWith("fit: a callback needs \"val_loss\", which is not measured"));
  const auto saving =
      make_callback({{"name", "model_checkpoint"}, {"filepath", "{epoch}{val_mae:.2f}.h5"}})
          .value();
  EXPECT_THAT(fit({.callbacks = {saving.get()}}).error().message,
              testing::StartsWith("fit: a callback needs \"val_mae\", which is not measured"));
  plane_.y.pop_back();
  EXPECT_EQ(fit({}).error().message, "fit: y has 49 floats; 50 samples of 1 make 50");
  EXPECT_EQ(optimizer_->steps(), 0U);
}

class FittingDropout : public Fitting {
 protected:
  FittingDropout()
      : Fitting(R"([{"Dense": {"units": 9, "input_shape": [2], "activation": "tanh"}},
                    {"Dropout": {"rate": 0.3}}, {"Dense": {"units": 1}}])") {}
};

TEST_F(FittingDropout, TheSameSeedGivesTheSameBitsAndAnotherDoesNot) {
  auto model = model_->clone().value();
  auto other = model_->clone().value();
  const auto sgd = [&] { return make_optimizer(optimizer_->config(), model->layout()).value(); };
  ASSERT_TRUE(fit({.epochs = 3, .seed = 8}));
  ASSERT_TRUE(dk::model::fit(*model, *sgd(), plane_.data(), {.epochs = 3, .seed = 8}));
  ASSERT_TRUE(dk::model::fit(*other, *sgd(), plane_.data(), {.epochs = 3, .seed = 9}));
  EXPECT_THAT(parameters(), testing::ElementsAreArray(model->parameters()));
  EXPECT_THAT(parameters(), testing::Not(testing::ElementsAreArray(other->parameters())));
}

TEST_F(FittingDropout, GoesOnAfterTwoEpochsAsIfItHadNeverStopped) {
  auto model = model_->clone().value();
  auto sgd = make_optimizer(optimizer_->config(), model->layout()).value();
  ASSERT_TRUE(fit({.epochs = 4}));
  ASSERT_TRUE(dk::model::fit(*model, *sgd, plane_.data(), {.epochs = 2}));
  ASSERT_TRUE(dk::model::fit(*model, *sgd, plane_.data(), {.epochs = 4, .initial_epoch = 2}));
  EXPECT_THAT(parameters(), testing::ElementsAreArray(model->parameters()));
}

TEST_F(FittingDropout, PredictGoesThroughAllSamplesBatchByBatch) {
  const auto all = predict(*model_, plane_.x).value();
  ASSERT_EQ(all.size(), 50U);
  const auto one = model_->predict(std::span(plane_.x).subspan(98, 2), 1);
  EXPECT_FLOAT_EQ(all[49], one[0]);
  EXPECT_FALSE(predict(*model_, std::span(plane_.x).first(3)));
}

}  // namespace
}  // namespace dk::model
