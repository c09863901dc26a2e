// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/layers/rnn/gru_cell.hpp"
#include "model/layers/rnn/lstm_cell.hpp"
#include "model/layers/rnn/recurrent.hpp"
#include "model/layers/rnn/simple_rnn_cell.hpp"

namespace dk::model {
namespace {

template <class Cell>
std::unique_ptr<Layer> with_cell(ConfigReader& config) {
  auto cell = std::make_unique<Cell>(config);
  return std::make_unique<Recurrent>(config, config, std::move(cell));
}

std::unique_ptr<RecurrentCell> make_cell(std::string_view name, ConfigReader& config) {
  if (name == "SimpleRNNCell") return std::make_unique<SimpleRnnCell>(config);
  if (name == "GRUCell") return std::make_unique<GruCell>(config);
  return std::make_unique<LstmCell>(config);
}

/// Keras' object of class_name and config under `cell`; a problem when it is none of ours.
std::string read_cell(ConfigReader& config, nlohmann::json& settings) {
  const nlohmann::json* object = config.find("cell");
  if (object == nullptr || !object->is_object()) {
    config.problem("cell must be an object of class_name and config");
    return {};
  }
  ConfigReader reader(*object, config.where() + ": cell");
  const std::string name =
      reader.choice("class_name", "", {"SimpleRNNCell", "LSTMCell", "GRUCell"});
  const nlohmann::json* found = reader.find("config");
  if (found != nullptr && found->is_object()) settings = *found;
  reader.ignore({"module", "registered_name", "build_config"});
  if (const auto read = reader.finish(); !read) config.problem(read.error().message);
  return name;
}

}  // namespace

std::unique_ptr<Layer> make_simple_rnn(ConfigReader& config) {
  return with_cell<SimpleRnnCell>(config);
}

std::unique_ptr<Layer> make_lstm(ConfigReader& config) {
  return with_cell<LstmCell>(config);
}

std::unique_ptr<Layer> make_gru(ConfigReader& config) {
  return with_cell<GruCell>(config);
}

std::unique_ptr<Layer> make_rnn(ConfigReader& config) {
  nlohmann::json settings = nlohmann::json::object();
  const std::string name = read_cell(config, settings);
  ConfigReader cell_config(settings, "cell");
  auto cell = make_cell(name, cell_config);
  auto layer = std::make_unique<Recurrent>(config, cell_config, std::move(cell));
  cell_config.ignore({"name"});
  cell_config.only("trainable", true);
  cell_config.only("dtype", "float32");
  if (const auto read = cell_config.finish(); !read) config.problem(read.error().message);
  return layer;
}

}  // namespace dk::model
