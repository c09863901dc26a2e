// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/losses/read_object.hpp"

#include "tests/model/losses/loss_support.hpp"

namespace dk::model {
namespace {

using nlohmann::json;

json huber_of(const json& config) {
  return loss(config)->config()["config"];
}

TEST(ReadFunctionObject, TakesEverySpellingOfKeras) {
  const json expected = huber_of({{"name", "huber"}, {"delta", 2}});
  EXPECT_EQ(expected["delta"], 2.0);
  // Keras 2, and Keras 3.
  EXPECT_EQ(huber_of(json::parse(R"({"class_name": "Huber", "config": {
                "reduction": "auto", "name": "huber_loss", "delta": 2.0}})")),
            expected);
  EXPECT_EQ(huber_of(json::parse(R"({"module": "keras.losses", "class_name": "Huber", "config": {
                "name": "huber", "reduction": "sum_over_batch_size", "delta": 2.0,
                "dtype": {"module": "keras", "class_name": "DTypePolicy",
                          "config": {"name": "float32"}, "registered_name": null}},
                "registered_name": null})")),
            expected);
  EXPECT_EQ(huber_of(json::parse(R"({"class_name": "LossFunctionWrapper", "config": {
                "fn": "huber", "name": "huber", "reduction": "auto", "delta": 2.0}})")),
            expected);
  const json function = json::parse(R"({"module": "builtins", "class_name": "function",
                "config": "huber", "registered_name": "function"})");
  EXPECT_EQ(huber_of(function), huber_of("huber"));
  EXPECT_EQ(huber_of({{"class_name", "Huber"}, {"config", {{"fn", function}}}}), huber_of("huber"));
}

TEST(ReadFunctionObject, TakesClassNamesAndAliases) {
  EXPECT_EQ(loss("MSE")->name(), "mean_squared_error");
  EXPECT_EQ(loss({{"class_name", "KLDivergence"}})->name(), "kl_divergence");
  EXPECT_EQ(loss("kullback_leibler_divergence")->name(), "kl_divergence");
  EXPECT_EQ(loss("logcosh")->name(), "log_cosh");
}

TEST(ReadFunctionObject, RefusesWhatIsNoLoss) {
  const auto refused = [](const char* config) {
    return make_loss(json::parse(config)).error().message;
  };
  EXPECT_EQ(refused("5"), "loss: expected a name or an object of settings, not 5");
  EXPECT_EQ(refused(R"({"class_name": "Huber", "config": {"fn": "mse"}})"),
            "loss: fn of Huber is \"mse\"; only its own is supported");
  EXPECT_EQ(refused(R"({"class_name": "LossFunctionWrapper", "config": {"fn": 5}})"),
            "loss: fn of LossFunctionWrapper is 5; it must be the name of a function");
  EXPECT_EQ(refused(R"({"class_name": "Huber", "config": {"dtype": "float16"}})"),
            "loss huber: dtype is \"float16\"; only \"float32\" is supported");
  EXPECT_THAT(refused(R"({"module": "my", "class_name": "Huber"})"),
              testing::HasSubstr("of the module \"my\""));
  EXPECT_FALSE(make_loss(nullptr));
  EXPECT_FALSE(make_loss(json::array()));
}

}  // namespace
}  // namespace dk::model
