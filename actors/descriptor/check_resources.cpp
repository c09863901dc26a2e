// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/descriptor/descriptor.hpp"
#include "actors/descriptor/job_model.hpp"
#include "model/callbacks/callback.hpp"
#include "model/training/training.hpp"
#include "storage/data/dataset.hpp"

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

/// A set beside that to train on, with the transforms that were fitted there; without a model only
/// whether it can be read.
void check_set(const JobSpec& spec, storage::DataConfig config, const Dataset* train,
               const model::Model* model, std::string_view name, Lines& faults) {
  if (train != nullptr) config.transforms = train->pipeline().config();
  const auto data = load(config, name, faults);
  if (data && model != nullptr) check_fit(spec, *model, *data, name, faults);
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

std::vector<std::string> notes_of(const Dataset& train) {
  const auto& skipped = train.skipped();
  if (skipped.count == 0) return {};
  std::vector<std::string> notes{
      fmt::format("data.train: {} bad rows are left out", skipped.count)};
  notes.insert(notes.end(), skipped.faults.begin(), skipped.faults.end());
  return notes;
}

}  // namespace

Result<JobFacts> check_resources(const JobSpec& spec) {
  Lines faults;
  const auto model = build_model(spec, faults);
  const auto train = load(spec.train, "data.train", faults);
  if (train && model) check_fit(spec, *model, *train, "data.train", faults);
  if (train && spec.batch_size > train->size()) {
    faults.add("training.batch_size is {} and data.train has {} samples; allowed: up to that many",
               spec.batch_size, train->size());
  }
  if (spec.validation)
    check_set(spec, *spec.validation, train.get(), model.get(), "data.validation", faults);
  if (spec.test) check_set(spec, *spec.test, train.get(), model.get(), "data.test", faults);
  if (model) check_callbacks(spec, *model, faults);
  if (!faults.none()) return std::move(faults).failure();
  return JobFacts{train->size(),
                  model->parameter_count(),
                  model->layout().hash(),
                  model->metric_facts(),
                  model->trainable_count(),
                  train->pipeline().config(),
                  storage::transforms_to_text(train->pipeline()),
                  notes_of(*train)};
}

void take_fitted(JobSpec& spec, const JobFacts& facts) {
  spec.train.transforms = facts.transforms;
  spec.saved_transforms = facts.saved_transforms;
  if (spec.validation) spec.validation->transforms = facts.transforms;
  if (spec.test) spec.test->transforms = facts.transforms;
}

}  // namespace dk
