// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/callbacks/model_checkpoint.hpp"

#include "tests/model/callbacks/callback_support.hpp"

namespace dk::model {
namespace {

using testing::ElementsAre;

TEST(ModelCheckpoint, WritesEveryEpochCountedFromOne) {
  FakeContext context;
  const auto saving =
      callback(R"({"name": "model_checkpoint", "filepath": "m-{epoch:02d}-{val_loss:.2f}.keras"})");
  run(*saving, context, "val_loss", {0.5, 0.254});
  EXPECT_THAT(context.saved, ElementsAre("m-01-0.50.keras", "m-02-0.25.keras"));
}

TEST(ModelCheckpoint, SaveBestOnlyWritesWhenItGotBetter) {
  FakeContext context;
  const auto saving = callback(R"({"name": "ModelCheckpoint", "filepath": "{epoch}.weights.h5",
      "save_best_only": true, "save_weights_only": true, "monitor": "val_accuracy"})");
  run(*saving, context, "val_accuracy", {0.5, 0.4, 0.6, 0.6});
  EXPECT_THAT(context.saved, ElementsAre("1.weights.h5 (weights)", "3.weights.h5 (weights)"));
}

TEST(ModelCheckpoint, TheThresholdIsToBeatFirst) {
  FakeContext context;
  const auto saving = callback(R"({"name": "model_checkpoint", "filepath": "{epoch}.h5",
      "save_best_only": true, "initial_value_threshold": 0.45})");
  run(*saving, context, "val_loss", {0.5, 0.44, 0.43});
  EXPECT_THAT(context.saved, ElementsAre("2.h5", "3.h5"));
}

TEST(ModelCheckpoint, NeedsWhatItsNameAndItsBestAreMadeOf) {
  EXPECT_THAT(callback(R"({"name": "model_checkpoint", "save_best_only": true,
      "filepath": "{{x}}{epoch}-{loss:.2f}-{acc}.h5"})")
                  ->needs(),
              ElementsAre("loss", "acc", "val_loss"));
  EXPECT_THAT(callback(R"({"name": "model_checkpoint", "filepath": "m.h5"})")->needs(),
              testing::IsEmpty());
}

TEST(ModelCheckpoint, TwoBracesAreOne) {
  EXPECT_EQ(format_filepath("{{{epoch:>3}}}", 7, {}).value(), "{  7}");
}

TEST(ModelCheckpoint, RefusesFieldsThatAreNotMeasuredAndBrokenOnes) {
  EXPECT_EQ(format_filepath("{val_acc}.h5", 1, {{"loss", 1}}).error().message,
            "filepath has the field \"val_acc\", which is not measured; there are epoch, loss");
  EXPECT_THAT(format_filepath("{loss:d}.h5", 1, {{"loss", 1}}).error().message,
              testing::StartsWith("filepath has the field \"loss:d\", whose format is wrong"));
  EXPECT_EQ(format_filepath("{epoch.h5", 1, {}).error().message,
            "filepath is \"{epoch.h5\"; a brace of it has no other");
}

TEST(ModelCheckpoint, RefusesNamesThatSayAnotherKindOfFile) {
  EXPECT_EQ(refusal(R"({"name": "model_checkpoint", "filepath": "m.weights.h5"})"),
            "callback model_checkpoint: filepath is \"m.weights.h5\"; with save_weights_only false "
            "it must end in .keras, .h5 or .hdf5");
  EXPECT_EQ(refusal(R"({"name": "model_checkpoint", "filepath": "m.keras",
                        "save_weights_only": true})"),
            "callback model_checkpoint: filepath is \"m.keras\"; with save_weights_only true it "
            "must end in .weights.h5, .h5, .hdf5 or .npz");
  EXPECT_THAT(refusal(R"({"name": "model_checkpoint", "filepath": "m.pt"})"),
              testing::HasSubstr("no kind of model file has this ending"));
  EXPECT_EQ(refusal(R"({"name": "model_checkpoint"})"),
            "callback model_checkpoint: filepath is missing");
  EXPECT_EQ(refusal(R"({"name": "model_checkpoint", "filepath": "m.h5", "save_freq": 100})"),
            "callback model_checkpoint: save_freq is 100; only \"epoch\" is supported");
}

}  // namespace
}  // namespace dk::model
