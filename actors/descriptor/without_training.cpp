// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/descriptor/map_reader.hpp"
#include "actors/descriptor/sections.hpp"
#include "storage/data/transforms/pipeline.hpp"

namespace dk::descriptor {
namespace {

/// What was fitted when the initial model was trained.
void take_saved_transforms(const Node& root, JobSpec& spec, Faults& faults) {
  if (spec.saved_transforms.empty()) return;
  const auto saved = storage::transforms_from_text(spec.saved_transforms);
  if (!saved) {
    faults.add(root.find("initial_model")->place, "initial_model: " + saved.error().message);
    return;
  }
  spec.test->transforms = saved->config();
  spec.train.transforms = spec.test->transforms;
}

}  // namespace

void check_without_training(const Node& root, JobSpec& spec, Faults& faults) {
  const auto* training = root.find("training");
  const auto* epochs = training == nullptr ? nullptr : training->find("epochs");
  const auto* data = root.find("data");
  if (epochs == nullptr || data == nullptr) return;
  if (spec.initial_model.empty()) {
    faults.add(epochs->place,
               "training.epochs is 0 and there is no initial_model, whose weights are evaluated "
               "then; allowed: initial_model, or at least 1 epoch");
  }
  if (!spec.callbacks.empty()) {
    faults.add(training->find("callbacks")->place,
               "training.callbacks run at the end of an epoch, and training.epochs is 0; allowed: "
               "one of them");
  }
  if (!spec.test) {
    faults.add(data->place,
               "data.test is missing, and training.epochs is 0: there is nothing to do; allowed: "
               "data.test to evaluate or predict, or at least 1 epoch");
    return;
  }
  if (data->find("transform") == nullptr) {
    take_saved_transforms(root, spec, faults);
  } else {
    spec.saved_transforms.clear();
  }
  if (data->find("train") == nullptr) {
    const auto memory = spec.train.memory_bytes;
    spec.train = *spec.test;
    spec.train.memory_bytes = memory;
  }
}

}  // namespace dk::descriptor
