// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/descriptor/labels.hpp"
#include "actors/descriptor/map_reader.hpp"
#include "actors/descriptor/read_architecture.hpp"
#include "actors/descriptor/sections.hpp"
#include "model/keras/model_file.hpp"
#include "model/keras/write_json.hpp"

#include <limits>

namespace dk::descriptor {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kModel = "the path of a Keras file, or a list of layers";
constexpr std::string_view kName = "text of 1 to 100 bytes";
constexpr std::size_t kMaxNameBytes = 100;
constexpr std::chrono::milliseconds kMinCheckpointEvery = 100ms;
constexpr std::chrono::milliseconds kMaxCheckpointEvery = 24h;
constexpr std::uint64_t kMaxCheckpointKeep = 1000;
constexpr std::uint64_t kMaxPriority = 100;

void read_checkpoint(const Node& node, JobSpec& spec, Faults& faults) {
  MapReader map(node, "checkpoint", faults);
  map.duration("every", spec.checkpoint_every, kMinCheckpointEvery, kMaxCheckpointEvery);
  map.whole_number("keep", spec.checkpoint_keep, 1, kMaxCheckpointKeep);
  map.flag("worker_state", spec.checkpoint_worker_state);
  map.refuse_unknown_keys();
}

void take_training_config(const nlohmann::json& config, JobSpec& spec) {
  if (!config.is_object()) return;
  if (const auto& optimizer = config.value("optimizer", nlohmann::json()); !optimizer.is_null()) {
    spec.optimizer = optimizer;
  }
  spec.loss = config.value("loss", nlohmann::json());
  const auto metrics = config.value("metrics", nlohmann::json());
  if (!spec.loss.is_null() && metrics.is_array()) spec.metrics = metrics;
}

/// `initial_model`: the weights to begin with; also the architecture, the optimizer, loss and
/// metrics, where the descriptor does not say them, and what is saved of its transforms.
void read_initial_model(MapReader& map, const std::filesystem::path& base_directory, JobSpec& spec,
                        Faults& faults) {
  const auto* node = map.value("initial_model");
  if (node == nullptr) return;
  if (node->kind != Node::Kind::kScalar || node->text.empty()) {
    MapReader::refuse(*node, "initial_model", "the path of a Keras file with weights", faults);
    return;
  }
  const auto path = absolute_path(base_directory, node->text);
  const auto file = model::read_model_file(path);
  if (!file) {
    faults.add(node->place, "initial_model: " + file.error().message);
  } else if (!file->weights) {
    faults.add(node->place, fmt::format("initial_model: {} has no weights", path.string()));
  } else {
    if (file->architecture) spec.architecture = model::write_keras_json(*file->architecture);
    take_training_config(file->training_config, spec);
    spec.saved_transforms = file->transforms;
  }
  spec.initial_model = path;
}

/// `training.epochs: 0`, which decides what else must be there.
bool trains_nothing(const Node& root) {
  const auto* training = root.find("training");
  const auto* epochs = training == nullptr ? nullptr : training->find("epochs");
  return epochs != nullptr && to_whole_number(*epochs) == 0;
}

/// `output: {model: FILE, predictions: FILE}`
void read_output(const Node& node, const std::filesystem::path& base_directory, JobSpec& spec,
                 Faults& faults) {
  MapReader map(node, "output", faults, "a mapping with the keys model, predictions");
  std::string text;
  std::string predictions;
  constexpr std::string_view kTable = "the path of a .csv or .npy file to write";
  map.text("predictions", predictions, MapReader::kOptional, kTable);
  map.text("model", text, predictions.empty() ? MapReader::kRequired : MapReader::kOptional,
           "the path of a Keras file to write");
  if (!predictions.empty()) {
    spec.output_predictions = absolute_path(base_directory, predictions);
    const auto end = spec.output_predictions.extension();
    if (end != ".csv" && end != ".npy") {
      MapReader::refuse(*node.find("predictions"), "output.predictions", kTable, faults);
    }
  }
  if (!text.empty()) {
    spec.output_model = absolute_path(base_directory, text);
    if (const auto known = model::check_model_file_name(text); !known) {
      faults.add(node.place, "output.model: " + known.error().message);
    }
  }
  map.refuse_unknown_keys();
}

}  // namespace

std::filesystem::path absolute_path(const std::filesystem::path& base_directory,
                                    const std::string& text) {
  std::error_code ignored;
  const auto base = std::filesystem::absolute(base_directory, ignored);
  return (base / text).lexically_normal();
}

std::string read_model(const Node& node, const std::filesystem::path& base_directory,
                       Faults& faults) {
  const bool is_list = node.kind == Node::Kind::kList;
  if (!is_list && (node.kind != Node::Kind::kScalar || node.text.empty())) {
    MapReader::refuse(node, "model", kModel, faults);
    return {};
  }
  auto architecture = is_list ? architecture_of_layers(to_json(node, "model", faults))
                              : architecture_of_file(absolute_path(base_directory, node.text));
  if (architecture) return *std::move(architecture);
  faults.add(node.place, "model: " + architecture.error().message);
  return {};
}

JobSpec read_job(const Node& root, const std::filesystem::path& base_directory, Faults& faults) {
  JobSpec spec;
  spec.algorithm.name = "adag";
  spec.optimizer = {{"name", "adam"}};
  MapReader map(root, "", faults);
  map.text("name", spec.name, MapReader::kRequired, kName);
  if (spec.name.size() > kMaxNameBytes) {
    MapReader::refuse(*root.find("name"), "name", kName, faults);
  }
  read_initial_model(map, base_directory, spec, faults);
  const auto* model = map.value(
      "model", spec.initial_model.empty() ? MapReader::kRequired : MapReader::kOptional, kModel);
  if (model != nullptr) {
    spec.architecture = read_model(*model, base_directory, faults);
  } else if (!spec.initial_model.empty() && spec.architecture.empty() && faults.size() == 0) {
    faults.add(root.place, fmt::format("model is missing, and {} has weights alone; allowed: {}",
                                       spec.initial_model.string(), kModel));
  }
  if (trains_nothing(root)) spec.epochs = 0;
  if (const auto* output = map.value("output")) read_output(*output, base_directory, spec, faults);
  const auto* data = map.value("data", MapReader::kRequired, "a mapping with the key train");
  std::optional<std::uint64_t> split_seed;
  if (data != nullptr) split_seed = read_data(*data, base_directory, spec, faults);
  const auto* training = map.value("training", MapReader::kRequired, "a mapping with the key loss");
  if (training != nullptr) read_training(*training, base_directory, spec, faults);
  if (spec.epochs == 0) {
    check_without_training(root, spec, faults);
  } else {
    spec.saved_transforms.clear();
  }
  if (!spec.output_predictions.empty() && !spec.test && data != nullptr) {
    faults.add(data->place, "output.predictions are those of data.test, which is missing");
  }
  if (const auto* checkpoint = map.value("checkpoint")) read_checkpoint(*checkpoint, spec, faults);
  map.whole_number("priority", spec.priority, 0, kMaxPriority);
  if (const auto* labels = map.value("nodes")) read_labels(*labels, "nodes", spec.nodes, faults);
  map.whole_number("seed", spec.seed, 0, std::numeric_limits<std::uint64_t>::max());
  seed_parts(spec, split_seed.value_or(spec.seed));
  map.refuse_unknown_keys();
  return spec;
}

}  // namespace dk::descriptor
