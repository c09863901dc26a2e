// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage/data/transforms/pipeline.hpp"

#include "base/check.hpp"
#include "base/did_you_mean.hpp"
#include "storage/data/transforms/fit_pass.hpp"
#include "storage/data/transforms/steps.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace dk::storage {

struct TransformSteps {
  Schema raw;
  Schema schema;
  std::vector<std::unique_ptr<Transform>> transforms;
  std::optional<Augment> augment;
  SideSteps features;
  SideSteps labels;

  void compile() {
    features = SideSteps(transforms, Side::kFeatures, raw.feature_size());
    labels = SideSteps(transforms, Side::kLabels, raw.label_size());
  }
};

namespace {

Result<void> check_size(const Schema& schema) {
  const auto most = std::max(schema.feature_size(), schema.label_size());
  if (most <= Pipeline::kMostFloats) return {};
  return fail(Errc::kInvalid, "a row has {} numbers; allowed: up to {}", most,
              Pipeline::kMostFloats);
}

Result<void> add(TransformSteps& steps, const nlohmann::json& entry) {
  if (!entry.is_object() || entry.size() != 1) {
    return fail(Errc::kInvalid, "{} is no mapping of one key; allowed: {}, augment",
                entry.dump().substr(0, 60), listed(known_transforms()));
  }
  if (steps.augment) return fail(Errc::kInvalid, "stands behind augment, which must be the last");
  const auto& name = entry.begin().key();
  const auto& arguments = entry.begin().value();
  if (name == "augment") {
    DK_TRY_ASSIGN(steps.augment, Augment::make(arguments, steps.schema));
    return {};
  }
  DK_TRY_ASSIGN(auto transform, make_transform(name, arguments, steps.schema));
  auto& fields = transform->side() == Side::kFeatures ? steps.schema.features : steps.schema.labels;
  fields = transform->fields();
  DK_TRY(check_size(steps.schema));
  steps.transforms.push_back(std::move(transform));
  return {};
}

}  // namespace

Pipeline::Pipeline() : steps_(std::make_unique<TransformSteps>()) {}
Pipeline::Pipeline(Pipeline&&) noexcept = default;
Pipeline& Pipeline::operator=(Pipeline&&) noexcept = default;
Pipeline::~Pipeline() = default;

Result<Pipeline> Pipeline::make(const nlohmann::json& transforms, const Schema& raw) {
  Pipeline pipeline;
  auto& steps = *pipeline.steps_;
  DK_TRY(check_size(raw));
  steps.raw = steps.schema = raw;
  if (!transforms.is_array()) return fail(Errc::kInvalid, "the transforms are no list");
  for (std::size_t i = 0; i < transforms.size(); ++i) {
    if (const auto added = add(steps, transforms[i]); !added) {
      return fail_in(fmt::format("transform[{}]", i), added.error());
    }
  }
  if (pipeline.fitted()) steps.compile();
  return pipeline;
}

const Schema& Pipeline::schema() const {
  return steps_->schema;
}

const Schema& Pipeline::raw() const {
  return steps_->raw;
}

bool Pipeline::fitted() const {
  return std::all_of(steps_->transforms.begin(), steps_->transforms.end(),
                     [](const auto& transform) { return transform->fitted(); });
}

Result<void> Pipeline::fit(const Reader& training) {
  if (fitted()) return {};
  if (training.schema() != steps_->raw) {
    return fail(Errc::kInvalid,
                "the training set has other columns than the transforms were made for");
  }
  while (!fitted()) DK_TRY(fit_pass(steps_->transforms, training));
  steps_->compile();
  return {};
}

nlohmann::json Pipeline::config() const {
  auto transforms = nlohmann::json::array();
  for (const auto& transform : steps_->transforms) transforms.push_back(transform->config());
  if (steps_->augment) {
    auto entry = nlohmann::json::object();
    entry["augment"] = steps_->augment->config();
    transforms.push_back(std::move(entry));
  }
  return transforms;
}

Pipeline::Scratch Pipeline::scratch(std::size_t most_rows) const {
  const std::size_t width = std::max(steps_->features.between(), steps_->labels.between());
  Scratch scratch;
  scratch.most_rows_ = most_rows;
  scratch.from_.resize(most_rows * width);
  scratch.to_.resize(most_rows * width);
  return scratch;
}

Result<void> Pipeline::apply(std::size_t rows, std::span<const float> x_raw,
                             std::span<const float> y_raw, std::span<float> x, std::span<float> y,
                             Scratch& scratch) const {
  DK_CHECK(fitted(), "a pipeline is fitted before it is applied");
  DK_CHECK(rows <= scratch.most_rows_, "the scratch is made for so many rows");
  DK_CHECK(x_raw.size() == rows * steps_->raw.feature_size(), "x_raw holds the rows");
  DK_CHECK(x.size() == rows * steps_->schema.feature_size(), "x has room for the rows");
  const auto run = [&](const SideSteps& side, std::span<const float> in, std::span<float> out,
                       const std::vector<Field>& fields) -> Result<void> {
    DK_TRY(side.apply(rows, in, out, scratch.from_, scratch.to_));
    return check_finite(rows, out, fields);
  };
  DK_TRY(run(steps_->features, x_raw, x, steps_->schema.features));
  if (y.empty()) return {};
  DK_CHECK(y_raw.size() == rows * steps_->raw.label_size(), "y_raw holds the rows");
  DK_CHECK(y.size() == rows * steps_->schema.label_size(), "y has room for the rows");
  return run(steps_->labels, y_raw, y, steps_->schema.labels);
}

std::optional<UniformAffine> Pipeline::feature_affine() const {
  if (!fitted()) return {};
  const auto affine = steps_->features.uniform();
  if (!affine) return {};
  return UniformAffine{affine->first, affine->second};
}

const std::optional<Augment>& Pipeline::augment() const {
  return steps_->augment;
}

}  // namespace dk::storage
