// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/model/optimizers/optimizer_support.hpp"

namespace dk::model {
namespace {

struct Refused {
  const char* config;
  const char* message;
};

constexpr const char* kNames = "sgd, rmsprop, adagrad, adadelta, adam, adamw, adamax, nadam, ftrl";

const Refused kRefused[] = {
    {R"("adm")", "optimizer: unknown name \"adm\"; did you mean 'adam'?; supported: sgd, rmsprop"},
    {R"({"learning_rate": 1})", "optimizer: name is missing; supported: sgd, rmsprop"},
    {R"(7)", "optimizer: expected a name or an object of settings, not 7"},
    {R"({"name": 7})", "optimizer: name is 7; it must be a string"},
    {R"({"name": "sgd", "learning_rte": 1})",
     "optimizer sgd: unknown setting \"learning_rte\"; did you mean 'learning_rate'?; "
     "supported: momentum, nesterov, name, learning_rate"},
    {R"({"name": "sgd", "learning_rate": -1})",
     "optimizer sgd: learning_rate is -1; it must be a number in [0, 1000000)"},
    {R"({"name": "adam", "beta_1": 1})",
     "optimizer adam: beta_1 is 1; it must be a number in [0, 1)"},
    {R"({"name": "sgd", "nesterov": "yes"})",
     "optimizer sgd: nesterov is \"yes\"; it must be true or false"},
    {R"({"name": "adam", "use_ema": true})",
     "optimizer adam: use_ema is true; only false is supported"},
    {R"({"name": "adam", "gradient_accumulation_steps": 4})",
     "optimizer adam: gradient_accumulation_steps is 4; only null is supported"},
    {R"({"name": "adam", "clipnorm": 1, "clipvalue": 1})",
     "optimizer adam: clipnorm and clipvalue are set; there can be one of"},
    {R"({"name": "adam", "clipnorm": -1})",
     "optimizer adam: clipnorm is -1; it must be a number in [0, "},
    {R"({"name": "adamw", "weight_decay": null})",
     "optimizer adamw: weight_decay is null; it must be a number"},
    {R"({"name": "ftrl", "learning_rate_power": 0.5})",
     "optimizer ftrl: learning_rate_power is 0.5; it must not be above 0"},
    {R"({"name": "sgd", "learning_rate": {"name": "cosine", "decay_steps": 5}})",
     "optimizer sgd: learning_rate: schedule cosine_decay: initial_learning_rate is missing"},
    {R"({"class_name": "Lion", "config": {}})", "optimizer: unknown name \"Lion\""},
    {R"({"class_name": "Addons>AdamW", "config": {}})", "optimizer: unknown name \"Addons>AdamW\""},
    {R"({"class_name": "Adam", "module": "mine.optimizers", "config": {}})",
     "optimizer: \"Adam\" is of the module \"mine.optimizers\"; only Keras' own are supported"},
    {R"({"class_name": "Adam", "config": 3})", "optimizer: config is 3; it must be an object"},
};

TEST(MakeOptimizer, WrongOnesAreRefusedWithWhatIsAllowed) {
  for (const Refused& test : kRefused) {
    const auto result = check_optimizer(json::parse(test.config));
    ASSERT_FALSE(result) << test.config;
    EXPECT_THAT(result.error().message, testing::StartsWith(test.message));
  }
  EXPECT_THAT(check_optimizer("adm").error().message, testing::EndsWith(kNames));
  for (const std::string& name : known_optimizers()) EXPECT_TRUE(check_optimizer(name));
}

TEST(MakeOptimizer, DefaultsAreThoseOfKeras) {
  const std::pair<const char*, const char*> cases[] = {
      {"sgd", R"({"learning_rate": 0.01, "momentum": 0.0, "nesterov": false})"},
      {"rmsprop", R"({"learning_rate": 0.001, "rho": 0.9, "momentum": 0.0, "epsilon": 1e-7,
                      "centered": false})"},
      {"adagrad", R"({"learning_rate": 0.001, "initial_accumulator_value": 0.1,
                      "epsilon": 1e-7})"},
      {"adadelta", R"({"learning_rate": 0.001, "rho": 0.95, "epsilon": 1e-7})"},
      {"adam", R"({"learning_rate": 0.001, "beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-7,
                   "amsgrad": false})"},
      {"adamw", R"({"weight_decay": 0.004, "amsgrad": false})"},
      {"adamax", R"({"learning_rate": 0.001, "beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-7})"},
      {"nadam", R"({"learning_rate": 0.001, "beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-7})"},
      {"ftrl", R"({"learning_rate": 0.001, "learning_rate_power": -0.5,
                   "initial_accumulator_value": 0.1, "l1_regularization_strength": 0.0,
                   "l2_regularization_strength": 0.0,
                   "l2_shrinkage_regularization_strength": 0.0, "beta": 0.0})"}};
  for (const auto& [name, expected] : cases) {
    json all = json::parse(R"({"weight_decay": null, "clipnorm": null, "clipvalue": null,
        "global_clipnorm": null, "use_ema": false, "ema_momentum": 0.99,
        "ema_overwrite_frequency": null, "learning_rate": 0.001, "beta_1": 0.9, "beta_2": 0.999,
        "epsilon": 1e-7})");
    const json config = made(json(name), 1)->config()["config"];
    const json own = json::parse(expected);
    for (const auto& [key, value] : own.items()) EXPECT_EQ(config[key], value) << name;
    all.update(own);
    for (const auto& [key, value] : config.items()) {
      if (key == "name") continue;
      EXPECT_EQ(all[key], value) << name << " " << key;
    }
  }
}

TEST(MakeOptimizer, ReadsTheSpellingsOfEveryGeneration) {
  const json expected = made(json{{"name", "adam"}, {"learning_rate", 0.02}}, 1)->config();
  for (const char* text :
       {R"({"class_name": "Adam", "config": {"name": "adam", "learning_rate": 0.02}})",
        R"({"class_name": "Custom>Adam", "config": {"name": "adam", "learning_rate": 0.02,
            "jit_compile": true, "is_legacy_optimizer": false}})",
        R"({"class_name": "Adam", "config": {"name": "adam", "lr": 0.02, "decay": 0.0,
            "epsilon": null, "amsgrad": false}})",
        R"({"module": "keras.optimizers", "class_name": "Adam", "registered_name": null,
            "config": {"name": "adam", "learning_rate": 0.02, "loss_scale_factor": null,
            "gradient_accumulation_steps": null, "use_ema": false, "ema_momentum": 0.99}})",
        R"({"name": "Adam", "learning_rate": 0.02, "clipnorm": null})"}) {
    auto config = made(text, 1)->config();
    config["config"]["name"] = "adam";
    EXPECT_EQ(config, expected) << text;
  }
  EXPECT_EQ(made(json("RMSProp"), 1)->config()["class_name"], "RMSprop");
}

TEST(MakeOptimizer, ReadsTheDecayOfOldKeras) {
  // lr / (1 + decay * iterations): 0.4, then 0.4 / 1.25
  const auto sgd = made(R"({"class_name": "SGD", "config": {"lr": 0.4, "decay": 0.25}})", 1);
  EXPECT_THAT(trace(*sgd, {1, 1}), near({0.6F, 0.28F}));
}

}  // namespace
}  // namespace dk::model
