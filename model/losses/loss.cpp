// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/losses/loss.hpp"

#include "model/config_reader.hpp"
#include "model/losses/crossentropy.hpp"
#include "model/losses/hinge.hpp"
#include "model/losses/probabilistic.hpp"
#include "model/losses/read_object.hpp"
#include "model/losses/regression.hpp"

#include <array>

namespace dk::model {
namespace {

/// Which of Keras' arguments a loss has.
struct Takes {
  bool from_logits = false;
  bool label_smoothing = false;
  bool ignore_class = false;
  bool axis = false;
  bool delta = false;
};

/// A loss of Keras.
struct LossKind {
  std::string_view name;
  std::string_view class_name;
  LossFunction run = nullptr;
  std::array<std::string_view, 2> aliases{};
  Takes takes{};
  /// With `takes.from_logits`: the loss of what goes into this activation.
  LossFunction run_logits = nullptr;
  std::string_view activation{};
  bool sparse = false;
  std::size_t min_outputs = 1;
};

constexpr Takes kDense{.from_logits = true, .label_smoothing = true, .axis = true};
constexpr Takes kSparse{.from_logits = true, .ignore_class = true, .axis = true};

constexpr LossKind kLosses[] = {
    {.name = "categorical_crossentropy",
     .class_name = "CategoricalCrossentropy",
     .run = categorical_crossentropy,
     .takes = kDense,
     .run_logits = categorical_crossentropy_from_logits,
     .activation = "softmax",
     .min_outputs = 2},
    {.name = "sparse_categorical_crossentropy",
     .class_name = "SparseCategoricalCrossentropy",
     .run = sparse_categorical_crossentropy,
     .takes = kSparse,
     .run_logits = sparse_categorical_crossentropy_from_logits,
     .activation = "softmax",
     .sparse = true,
     .min_outputs = 2},
    {.name = "binary_crossentropy",
     .class_name = "BinaryCrossentropy",
     .run = binary_crossentropy,
     .aliases = {"bce"},
     .takes = kDense,
     .run_logits = binary_crossentropy_from_logits,
     .activation = "sigmoid"},
    {"mean_squared_error", "MeanSquaredError", mean_squared_error, {"mse"}},
    {"mean_absolute_error", "MeanAbsoluteError", mean_absolute_error, {"mae"}},
    {"mean_absolute_percentage_error",
     "MeanAbsolutePercentageError",
     mean_absolute_percentage_error,
     {"mape"}},
    {"mean_squared_logarithmic_error",
     "MeanSquaredLogarithmicError",
     mean_squared_logarithmic_error,
     {"msle"}},
    {"huber", "Huber", huber, {"huber_loss"}, {.delta = true}},
    {"log_cosh", "LogCosh", log_cosh, {"logcosh"}},
    {"cosine_similarity",
     "CosineSimilarity",
     cosine_similarity,
     {"cosine_proximity"},
     {.axis = true}},
    {"hinge", "Hinge", hinge},
    {"squared_hinge", "SquaredHinge", squared_hinge},
    {"categorical_hinge", "CategoricalHinge", categorical_hinge},
    {"poisson", "Poisson", poisson},
    {"kl_divergence", "KLDivergence", kl_divergence, {"kld", "kullback_leibler_divergence"}},
};

class BuiltinLoss : public Loss {
 public:
  BuiltinLoss(const LossKind& kind, const LossArguments& arguments, bool from_logits)
      : kind_(kind), arguments_(arguments), from_logits_(from_logits) {}

  [[nodiscard]] std::string_view name() const override { return kind_.name; }

  [[nodiscard]] nlohmann::json config() const override {
    nlohmann::json config{{"name", kind_.name}, {"reduction", "sum_over_batch_size"}};
    if (kind_.takes.from_logits) config["from_logits"] = from_logits_;
    if (kind_.takes.label_smoothing) config["label_smoothing"] = arguments_.label_smoothing;
    if (kind_.takes.delta) config["delta"] = arguments_.delta;
    return keras_object("keras.losses", kind_.class_name, std::move(config));
  }

  double operator()(const LossBatch& batch) const override {
    return (from_logits_ ? kind_.run_logits : kind_.run)(batch, arguments_);
  }

  [[nodiscard]] bool sparse_targets() const override { return kind_.sparse; }
  [[nodiscard]] std::size_t min_outputs() const override { return kind_.min_outputs; }
  [[nodiscard]] std::string_view fused_activation() const override {
    return from_logits_ ? std::string_view{} : kind_.activation;
  }
  [[nodiscard]] std::unique_ptr<Loss> from_logits() const override {
    if (fused_activation().empty()) return nullptr;
    return std::make_unique<BuiltinLoss>(kind_, arguments_, true);
  }

 private:
  const LossKind& kind_;
  LossArguments arguments_;
  bool from_logits_;
};

const LossKind* find_kind(std::string_view name) {
  for (const LossKind& kind : kLosses) {
    if (same_name(name, kind.name)) return &kind;
    for (const std::string_view alias : kind.aliases) {
      if (!alias.empty() && same_name(name, alias)) return &kind;
    }
  }
  return nullptr;
}

/// Not one of Keras' that would keep the rows apart or add them up.
void read_reduction(ConfigReader& config) {
  const nlohmann::json* reduction = config.find("reduction");
  if (reduction == nullptr || reduction->is_null()) return;
  if (*reduction != "sum_over_batch_size" && *reduction != "auto") {
    config.problem(fmt::format("reduction is {}; only \"sum_over_batch_size\" is supported",
                               show(*reduction)));
  }
}

}  // namespace

bool is_loss(std::string_view name) {
  return find_kind(name) != nullptr;
}

Result<std::unique_ptr<Loss>> make_loss(const KerasObject& object) {
  const LossKind* kind = find_kind(object.name);
  if (kind == nullptr) return unknown_name("loss", object.name, known_losses());
  ConfigReader config(object.config, fmt::format("loss {}", kind->name));
  (void)config.text("name", "");
  read_dtype(config);
  read_reduction(config);
  LossArguments arguments;
  bool from_logits = false;
  if (kind->takes.from_logits) from_logits = config.boolean("from_logits", false);
  if (kind->takes.label_smoothing) {
    arguments.label_smoothing = config.number("label_smoothing", 0, 0, 1);
  }
  if (kind->takes.ignore_class) config.only_null({"ignore_class"});
  if (kind->takes.axis) config.only("axis", -1);
  if (kind->takes.delta) {
    constexpr double kLeast = 1e-18;  // Its square is still a normal float.
    arguments.delta = config.number("delta", 1, kLeast, 1e18);
  }
  DK_TRY(config.finish());
  return std::make_unique<BuiltinLoss>(*kind, arguments, from_logits);
}

Result<std::unique_ptr<Loss>> make_loss(const nlohmann::json& config) {
  DK_TRY_ASSIGN(const KerasObject object, read_function_object(config, "loss", known_losses()));
  return make_loss(object);
}

std::vector<std::string> known_losses() {
  std::vector<std::string> names;
  for (const LossKind& kind : kLosses) {
    names.emplace_back(kind.name);
    for (const std::string_view alias : kind.aliases) {
      if (!alias.empty()) names.emplace_back(alias);
    }
  }
  return names;
}

}  // namespace dk::model
