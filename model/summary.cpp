// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/summary.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace dk::model {
namespace {

struct Row {
  std::string name;
  std::string type;
  std::string shape;
  std::size_t parameters = 0;
  std::string inputs;
};

/// `(None, 28, 28)`
std::string with_batch_axis(const Shape& shape) {
  std::string text = "(None";
  for (const std::size_t axis : shape) text += fmt::format(", {}", axis);
  return text + ")";
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

std::string thousands(std::size_t number) {
  std::string digits = fmt::format("{}", number);
  for (std::size_t at = digits.size(); at > 3;) digits.insert(at -= 3, ",");
  return digits;
}

std::string bytes(std::size_t floats) {
  double size = static_cast<double>(floats) * sizeof(float);
  const char* const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
  std::size_t unit = 0;
  for (; size >= 1024 && unit < 4; ++unit) size /= 1024;
  return fmt::format("{:.{}f} {}", size, unit == 0 ? 0 : 2, units[unit]);
}

std::vector<Row> rows_of(const Model& model) {
  std::map<std::string, std::size_t> parameters;
  for (const Variable& variable : model.layout().variables()) {
    parameters[variable.layer] += variable.size;
  }
  std::vector<Row> rows;
  for (const InputSpec& input : model.architecture().inputs) {
    if (model.architecture().sequential) break;
    rows.push_back({input.name, "InputLayer", with_batch_axis(input.shape), 0, ""});
  }
  std::set<std::string> seen;
  for (const auto& call : model.network().calls()) {
    std::vector<std::string> shapes;
    for (const Shape& shape : call.outputs) shapes.push_back(with_batch_axis(shape));
    const std::string shape = shapes.size() == 1 ? shapes[0] : "[" + joined(shapes) + "]";
    // A shared layer's parameters count once.
    const std::size_t count = seen.insert(call.path).second ? parameters[call.path] : 0;
    rows.push_back({call.path, call.class_name, shape, count, joined(call.inputs)});
  }
  return rows;
}

std::string padded(std::string text, std::size_t width) {
  text.resize(std::max(width, text.size() + 1), ' ');
  return text;
}

}  // namespace

std::string summary(const Model& model) {
  const auto rows = rows_of(model);
  const bool graph = !model.architecture().sequential;
  std::size_t name_width = 29;
  std::size_t shape_width = 26;
  std::size_t inputs_width = graph ? 16 : 0;
  for (const Row& row : rows) {
    name_width = std::max(name_width, row.name.size() + row.type.size() + 5);
    shape_width = std::max(shape_width, row.shape.size() + 2);
    if (graph) inputs_width = std::max(inputs_width, row.inputs.size() + 1);
  }
  constexpr std::size_t kCountWidth = 12;
  const auto line = [&](const std::string& name, const std::string& shape, const std::string& count,
                        const std::string& inputs) {
    std::string text = " " + padded(name, name_width - 1) + padded(shape, shape_width) +
                       padded(count, kCountWidth) + (graph ? inputs : "");
    text.erase(text.find_last_not_of(' ') + 1);
    return text + "\n";
  };
  const std::size_t width = name_width + shape_width + kCountWidth + inputs_width;
  std::string text =
      fmt::format("Model: \"{}\"\n{}\n", model.architecture().name, std::string(width, '_'));
  text += line("Layer (type)", "Output Shape", "Param #", "Connected to");
  text += std::string(width, '=') + "\n";
  for (const Row& row : rows) {
    text += line(fmt::format("{} ({})", row.name, row.type), row.shape, thousands(row.parameters),
                 row.inputs);
  }
  const std::size_t total = model.parameter_count();
  const std::size_t trainable = model.trainable_count();
  text += fmt::format(
      "{0}\nTotal params: {1} ({2})\nTrainable params: {3} ({4})\nNon-trainable params: {5} "
      "({6})\n",
      std::string(width, '='), thousands(total), bytes(total), thousands(trainable),
      bytes(trainable), thousands(total - trainable), bytes(total - trainable));
  text += fmt::format("Memory of a step with a batch of {}: {}\n{}\n", model.max_batch_size(),
                      bytes(model.network().workspace_floats()), std::string(width, '_'));
  return text;
}

nlohmann::json summary_json(const Model& model) {
  auto layers = nlohmann::json::array();
  for (const Row& row : rows_of(model)) {
    layers.push_back({{"name", row.name},
                      {"class_name", row.type},
                      {"output_shape", row.shape},
                      {"params", row.parameters},
                      {"inputs", row.inputs}});
  }
  return {{"name", model.architecture().name},
          {"layers", std::move(layers)},
          {"params", model.parameter_count()},
          {"trainable_params", model.trainable_count()},
          {"batch_size", model.max_batch_size()},
          {"step_bytes", model.network().workspace_floats() * sizeof(float)}};
}

}  // namespace dk::model
