// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/callbacks/state.hpp"

#include "base/files.hpp"
#include "tests/model/callbacks/callback_support.hpp"
#include "tests/support/temp_dir.hpp"

#include <limits>

namespace dk::model {
namespace {

using nlohmann::json;

/// Gets better, worse for a while, better, and worse for long.
constexpr double kLosses[] = {0.9, 0.7, 0.8, 0.75, 0.6, 0.7, 0.7, 0.65, 0.7, 0.7, 0.2};
constexpr std::size_t kEpochs = std::size(kLosses);

/// With all that it can carry; every known callback that cannot be made without has a line here.
json config_of(const std::string& name, const std::filesystem::path& file) {
  const std::vector<json> configs{
      {{"name", "early_stopping"}, {"patience", 3}, {"restore_best_weights", true}},
      {{"name", "model_checkpoint"}, {"filepath", "{epoch}.h5"}, {"save_best_only", true}},
      {{"name", "reduce_lr_on_plateau"}, {"factor", 0.5}, {"patience", 2}, {"cooldown", 2}},
      {{"name", "learning_rate_scheduler"},
       {"schedule",
        {{"name", "step"}, {"initial_learning_rate", 0.5}, {"drop", 0.5}, {"steps", 2}}}},
      {{"name", "csv_logger"}, {"filename", file.string()}},
      {{"name", "stop_at_target"}, {"target", 0.6}}};
  for (const json& config : configs) {
    if (config["name"] == name) return config;
  }
  return {{"name", name}};
}

/// One training by one callback after another.
class Training {
 public:
  explicit Training(const std::string& name) : config_(config_of(name, dir_ / "log.csv")) {}

  [[nodiscard]] std::unique_ptr<Callback> begin() {
    auto made = make_callback(config_).value();
    EXPECT_TRUE(made->on_train_begin(context_));
    return made;
  }
  void run(Callback& watching, std::size_t first, std::size_t last) {
    for (std::size_t epoch = first; epoch < last && context_.reason.empty(); ++epoch) {
      context_.flat = {static_cast<float>(epoch)};
      EXPECT_TRUE(watching.on_epoch_begin(epoch, context_));
      const Logs logs{{"loss", 1}, {"val_loss", kLosses[epoch]}};
      EXPECT_TRUE(watching.on_epoch_end(epoch, logs, context_));
      decisions_.push_back(fmt::format("{} {} {}", epoch, context_.rate, context_.reason));
    }
  }
  std::vector<std::string> end(Callback& watching) {
    EXPECT_TRUE(watching.on_train_end(context_));
    decisions_.insert(decisions_.end(), context_.saved.begin(), context_.saved.end());
    decisions_.push_back(fmt::format("weights {}", context_.flat[0]));
    decisions_.push_back(read_file(dir_ / "log.csv").value_or(""));
    return decisions_;
  }

 private:
  dk::test::TempDir dir_;
  json config_;
  FakeContext context_;
  std::vector<std::string> decisions_;
};

class CallbackState : public testing::TestWithParam<std::string> {};

TEST_P(CallbackState, LetsAFreshOneGoOnAsIfTheTrainingHadNeverStopped) {
  Training whole(GetParam());
  const auto watching = whole.begin();
  whole.run(*watching, 0, kEpochs);
  const auto expected = whole.end(*watching);
  for (std::size_t stop = 0; stop < kEpochs; ++stop) {
    Training parts(GetParam());
    const auto before = parts.begin();
    parts.run(*before, 0, stop);
    const auto state = json::parse(before->state().dump());
    const auto after = parts.begin();
    ASSERT_TRUE(after->set_state(state)) << state;
    EXPECT_EQ(after->state(), state);
    parts.run(*after, stop, kEpochs);
    EXPECT_EQ(parts.end(*after), expected) << "stopped before epoch " << stop;
  }
}

TEST_P(CallbackState, RefusesWhatIsNoSuchState) {
  Training training(GetParam());
  const auto watching = training.begin();
  const auto state = watching->state();
  ASSERT_TRUE(state.is_object());
  std::vector<json> damaged{nullptr, 3, json::array(), {{"more", 1}}};
  for (const auto& [key, value] : state.items()) {
    damaged.push_back(state);
    damaged.back().erase(key);
    damaged.push_back(state);
    damaged.back()[key] = json::object();
  }
  for (const json& other : damaged) {
    const auto set = watching->set_state(other);
    ASSERT_FALSE(set) << other;
    EXPECT_EQ(set.error().code, Errc::kCorrupt);
    EXPECT_THAT(set.error().message, testing::StartsWith("state of "));
  }
}

INSTANTIATE_TEST_SUITE_P(All, CallbackState, testing::ValuesIn(known_callbacks()),
                         [](const auto& which) { return which.param; });

TEST(CallbackStateOfACSVLogger, TakesAwayTheLinesOfEpochsThatComeAgain) {
  Training training("csv_logger");
  const auto lost = training.begin();
  training.run(*lost, 0, 2);
  const auto state = lost->state();
  training.run(*lost, 2, 4);
  const auto after = training.begin();
  ASSERT_TRUE(after->set_state(state));
  training.run(*after, 2, 3);
  EXPECT_EQ(training.end(*after).back(), "epoch,loss,val_loss\n0,1,0.9\n1,1,0.7\n2,1,0.8\n");
}

TEST(CallbackStateOfACSVLogger, BeginsAFileThatIsGoneWithItsHeader) {
  Training first("csv_logger");
  const auto before = first.begin();
  first.run(*before, 0, 2);
  Training elsewhere("csv_logger");
  const auto after = elsewhere.begin();
  ASSERT_TRUE(after->set_state(before->state()));
  elsewhere.run(*after, 2, 3);
  EXPECT_EQ(elsewhere.end(*after).back(), "epoch,loss,val_loss\n2,1,0.8\n");
}

TEST(StateReader, HoldsNumbersThatJSONDoesNotHave) {
  for (const double value : {0.1, -3.0, std::numeric_limits<double>::infinity(),
                             -std::numeric_limits<double>::infinity()}) {
    const json state = {{"best", state_number(value)}};
    double read = 0;
    StateReader reader(state, "a test");
    reader.number("best", read);
    ASSERT_TRUE(reader.finish());
    EXPECT_EQ(read, value);
  }
}

}  // namespace
}  // namespace dk::model
