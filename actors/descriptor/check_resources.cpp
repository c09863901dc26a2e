// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/descriptor/descriptor.hpp"
#include "actors/descriptor/feature_rows.hpp"
#include "actors/descriptor/job_model.hpp"
#include "model/callbacks/callback.hpp"
#include "model/training/training.hpp"
#include "storage/data/dataset.hpp"
#include "storage/data/open_reader.hpp"

#include <algorithm>
#include <cmath>

namespace dk {
namespace {

using storage::Dataset;

/// The faults so far, one per line.
class Lines {
 public:
  template <class... Args>
  void add(fmt::format_string<Args...> format, Args&&... args) {
    if (!text_.empty()) text_ += '\n';
    text_ += fmt::format(format, std::forward<Args>(args)...);
  }
  [[nodiscard]] bool none() const { return text_.empty(); }
  tl::unexpected<Error> failure() && { return fail(Error{Errc::kInvalid, std::move(text_)}); }

 private:
  std::string text_;
};

std::unique_ptr<model::Model> build_model(const JobSpec& spec, Lines& faults) {
  auto built = build_initial_model(spec);
  if (built) return *std::move(built);
  faults.add("model: {}", built.error().message);
  return nullptr;
}

/// `name` is the key in the descriptor. nullptr after a fault, or when there is no such set.
std::shared_ptr<const Dataset> load(const storage::DataConfig& config, std::string_view name,
                                    Lines& faults) {
  auto dataset = Dataset::load(config);
  if (dataset) return *std::move(dataset);
  faults.add("{}: {}", name, dataset.error().message);
  return nullptr;
}

std::string name_of(const nlohmann::json& loss) {
  return loss.is_string() ? loss.get<std::string>() : loss.value("name", "given");
}

std::string one_hot_hint(const model::Model& model, const Dataset& data) {
  if (data.target_size() == 1)
    return fmt::format("add one_hot: {} to data.transform", model.target_size());
  if (model.target_size() == 1) return "remove one_hot from data.transform";
  return fmt::format("one_hot: {}", model.target_size());
}

/// Reads every row as training will, so that whatever is wrong with one is told now. Class indices
/// are read by a sparse loss as they are; one outside would turn the loss into NaN.
void check_rows(const model::Model& model, const Dataset& data, std::string_view name,
                Lines& faults) {
  constexpr std::size_t kRows = 256;
  const bool has_indices = model.target_size() != model.output_size();
  std::vector<std::uint32_t> rows;
  std::vector<float> x(kRows * data.feature_size());
  std::vector<float> y(kRows * data.target_size());
  storage::BatchReader reader(data, kRows);
  for (std::size_t first = 0; first < data.size(); first += rows.size()) {
    rows.clear();
    for (std::size_t row = first; row < std::min(first + kRows, data.size()); ++row) {
      rows.push_back(static_cast<std::uint32_t>(row));
    }
    const auto labels = std::span(y).first(rows.size() * data.target_size());
    const auto read =
        reader.read(rows, std::span(x).first(rows.size() * data.feature_size()), labels);
    if (!read) return faults.add("{}: {}", name, read.error().message);
    for (std::size_t i = 0; has_indices && i < labels.size(); ++i) {
      const float label = labels[i];
      const bool is_class = label >= 0 && label < static_cast<float>(model.output_size()) &&
                            label == std::floor(label);
      if (is_class) continue;
      return faults.add(
          "{}.labels: the label of {} is {}; allowed: a whole number from 0 to {}, the model's "
          "last output",
          name, data.where(rows[i / data.target_size()]), label, model.output_size() - 1);
    }
  }
}

void check_fit(const JobSpec& spec, const model::Model& model, const Dataset& data,
               std::string_view name, Lines& faults) {
  if (data.feature_size() != model.input_size()) {
    faults.add("{}.features: a sample has {} values and the model takes {}; allowed: as many", name,
               data.feature_size(), model.input_size());
  }
  if (data.target_size() != model.target_size()) {
    faults.add("{}.labels: a label has {} values and loss {} compares {}; allowed: {}", name,
               data.target_size(), name_of(spec.loss), model.target_size(),
               one_hot_hint(model, data));
  } else if (data.feature_size() == model.input_size()) {
    check_rows(model, data, name, faults);
  }
}

/// Rows without labels are read when they are predicted.
std::shared_ptr<const Dataset> check_features(const std::string& saved,
                                              const storage::DataConfig& config,
                                              const model::Model* model, std::string_view name,
                                              Lines& faults) {
  auto data = load(FeatureRows::raw(config), name, faults);
  if (!data) return nullptr;
  const auto rows = FeatureRows::make(saved, config, data, 1);
  if (!rows) {
    faults.add("{}: {}", name, rows.error().message);
  } else if (model != nullptr && rows->feature_size() != model->input_size()) {
    faults.add("{}.features: a sample has {} values and the model takes {}; allowed: as many", name,
               rows->feature_size(), model->input_size());
  }
  return data;
}

/// A set beside that to train on, with the transforms that were fitted there; without a model only
/// whether it can be read. nullptr when it cannot.
std::shared_ptr<const Dataset> check_set(const JobSpec& spec, storage::DataConfig config,
                                         const Dataset* train, const model::Model* model,
                                         std::string_view name, Lines& faults) {
  if (train != nullptr) config.transforms = train->pipeline().config();
  if (!has_labels(config)) {
    const auto saved =
        train != nullptr ? storage::transforms_to_text(train->pipeline()) : spec.saved_transforms;
    return check_features(saved, config, model, name, faults);
  }
  auto data = load(config, name, faults);
  if (data && model != nullptr) check_fit(spec, *model, *data, name, faults);
  return data;
}

/// What they watch must be measured, or they would do nothing.
void check_callbacks(const JobSpec& spec, model::Model& model, Lines& faults) {
  const auto logged = model::log_names(model, spec.validation.has_value());
  for (std::size_t i = 0; i < spec.callbacks.size(); ++i) {
    const auto callback = model::make_callback(spec.callbacks[i]);
    const auto checked =
        callback ? model::check_needs(**callback, logged) : Result<void>(fail(callback.error()));
    if (checked) continue;
    faults.add("training.callbacks[{}]: {}{}", i, checked.error().message,
               spec.validation ? "" : "; data.validation would add the same behind val_");
  }
}

std::vector<std::string> notes_of(const Dataset& data, std::string_view name) {
  const auto& skipped = data.skipped();
  if (skipped.count == 0) return {};
  std::vector<std::string> notes{fmt::format("{}: {} bad rows are left out", name, skipped.count)};
  notes.insert(notes.end(), skipped.faults.begin(), skipped.faults.end());
  return notes;
}

std::uint64_t worker_bytes(const JobSpec& spec, const model::Model& model) {
  const auto optimizer = model::make_optimizer(spec.optimizer, 0);
  const auto slots = optimizer ? (*optimizer)->slot_names().size() : 0;
  const auto floats = model.parameter_count() * 2 + model.trainable_count() * slots +
                      model.network().workspace_floats();
  return floats * sizeof(float);
}

JobFacts facts_of(const JobSpec& spec, const model::Model& model) {
  JobFacts facts;
  facts.parameters = model.parameter_count();
  facts.layout_hash = model.layout().hash();
  facts.metrics = model.metric_facts();
  facts.trainable = model.trainable_count();
  facts.outputs = model.output_size();
  facts.worker_bytes = worker_bytes(spec, model);
  return facts;
}

/// There are no rows to fit them on.
Result<void> check_fitted(const storage::DataConfig& config) {
  DK_TRY_ASSIGN(const auto reader, storage::open_reader(FeatureRows::raw(config).source));
  DK_TRY_ASSIGN(const auto pipeline, storage::Pipeline::make(config.transforms, reader->schema()));
  if (pipeline.fitted()) return {};
  return fail(Errc::kInvalid,
              "the transforms have not been fitted; allowed: those that are saved with "
              "initial_model, or data.train to fit them on");
}

/// The test data alone, with transforms that come fitted.
Result<JobFacts> check_test_only(const JobSpec& spec) {
  Lines faults;
  const auto model = build_model(spec, faults);
  if (has_labels(*spec.test)) {
    if (const auto fitted = check_fitted(*spec.test); !fitted)
      faults.add("data.test: {}", fitted.error().message);
  }
  const auto test = check_set(spec, *spec.test, nullptr, model.get(), "data.test", faults);
  if (!faults.none()) return std::move(faults).failure();
  auto facts = facts_of(spec, *model);
  facts.samples = facts.test_samples = test->size();
  facts.transforms = spec.test->transforms;
  facts.saved_transforms = spec.saved_transforms;
  facts.notes = notes_of(*test, "data.test");
  return facts;
}

}  // namespace

Result<JobFacts> check_resources(const JobSpec& spec) {
  const bool test_only = spec.epochs == 0 && spec.test && spec.train.source == spec.test->source &&
                         spec.train.part == spec.test->part;
  if (test_only) return check_test_only(spec);
  Lines faults;
  const auto model = build_model(spec, faults);
  const auto train = load(spec.train, "data.train", faults);
  if (train && model) check_fit(spec, *model, *train, "data.train", faults);
  if (train && spec.batch_size > train->size()) {
    faults.add("training.batch_size is {} and data.train has {} samples; allowed: up to that many",
               spec.batch_size, train->size());
  }
  std::shared_ptr<const Dataset> validation;
  std::shared_ptr<const Dataset> test;
  if (spec.validation) {
    validation =
        check_set(spec, *spec.validation, train.get(), model.get(), "data.validation", faults);
  }
  if (spec.test) test = check_set(spec, *spec.test, train.get(), model.get(), "data.test", faults);
  if (model) check_callbacks(spec, *model, faults);
  if (!faults.none()) return std::move(faults).failure();
  auto facts = facts_of(spec, *model);
  facts.samples = train->size();
  facts.transforms = train->pipeline().config();
  facts.saved_transforms = storage::transforms_to_text(train->pipeline());
  facts.notes = notes_of(*train, "data.train");
  facts.test_samples = test ? test->size() : 0;
  facts.validation_samples = validation ? validation->size() : 0;
  return facts;
}

void take_fitted(JobSpec& spec, const JobFacts& facts) {
  spec.train.transforms = facts.transforms;
  spec.saved_transforms = facts.saved_transforms;
  if (spec.validation) spec.validation->transforms = facts.transforms;
  if (spec.test) spec.test->transforms = facts.transforms;
}

}  // namespace dk
