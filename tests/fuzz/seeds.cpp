// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/files.hpp"
#include "base/npy.hpp"
#include "model/keras/write_json.hpp"
#include "tests/fuzz/readers.hpp"

#include <filesystem>
#include <iostream>

namespace {

using dk::Bytes;
using dk::model::KerasGeneration;

int failed = 0;

void put(const std::filesystem::path& folder, const char* name, std::span<const std::byte> bytes) {
  std::filesystem::create_directories(folder);
  const auto written = dk::write_file_atomic(folder / name, bytes);
  if (written) return;
  std::cerr << written.error().message << '\n';
  failed = 1;
}

void put(const std::filesystem::path& folder, const char* name, const std::string& text) {
  put(folder, name, std::as_bytes(std::span(text)));
}

constexpr const char* kGraph = R"({"class_name": "Functional", "config": {"name": "m", "layers": [
  {"class_name": "InputLayer", "config": {"batch_input_shape": [null, 4], "name": "x"}, "name": "x",
   "inbound_nodes": []},
  {"class_name": "Dense", "config": {"units": 4, "name": "d"}, "name": "d",
   "inbound_nodes": [[["x", 0, 0, {}]], [["d", 0, 0, {"training": null}]]]},
  {"class_name": "Add", "config": {"name": "a"}, "name": "a",
   "inbound_nodes": [[["d", 0, 0, {}], ["d", 1, 0, {}]]]}],
  "input_layers": [["x", 0, 0]], "output_layers": [["a", 0, 0]]}})";

constexpr const char* kKeras1 =
    R"({"class_name": "Sequential", "keras_version": "1.2.2", "config": [
  {"class_name": "Convolution2D", "config": {"nb_filter": 2, "nb_row": 2, "nb_col": 2, "border_mode":
   "valid", "batch_input_shape": [null, 8, 8, 1], "dim_ordering": "tf", "init": "normal"}},
  {"class_name": "LSTM", "config": {"output_dim": 2, "inner_init": "orthogonal"}}]})";

}  // namespace

/// seeds DIRECTORY: writes what each fuzz target starts from into DIRECTORY/TARGET.
int main(int count, char** arguments) {
  if (count != 2) return 2;
  const std::filesystem::path root = arguments[1];
  const auto model = dk::fuzz::small_model();
  const auto optimizer = dk::model::make_optimizer("adam", model->layout()).value();
  const dk::model::SaveOptions options{{{"loss", "mse"}}, optimizer.get()};
  const auto file = [&](const char* name, const dk::model::SaveOptions& with) {
    return dk::model::model_file_bytes(name, *model, with).value();
  };
  put(root / "hdf5", "whole", file("m.h5", options));
  put(root / "hdf5", "weights", file("m.h5", {.weights_only = true}));
  put(root / "hdf5", "paths", file("m.weights.h5", options));
  put(root / "keras_archive", "whole", file("m.keras", options));
  put(root / "npz", "weights", file("m.npz", {}));
  put(root / "npy", "array", dk::npy_file(std::vector<std::size_t>{2, 3}, std::vector<float>(6)));
  put(root / "data_npz", "weights", file("m.npz", {}));
  put(root / "data_hdf5", "weights", file("m.h5", {.weights_only = true}));
  put(root / "csv", "quoted", "\x01\"a\",\"b \"\"c\"\"\",y\r\n1,2.5,0\n\n,1e3,1\n");
  put(root / "csv", "skipped",
      "\x39"
      "1;2\n3\nNA;4\n");
  put(root / "libsvm", "rows", "+1 1:0.5 8:2 # first\n-1\n0 2:1e1\n");
  put(root / "json", "sequential", file("m.json", {}));
  put(root / "json", "graph", kGraph);
  put(root / "json", "keras_1", kKeras1);
  const auto keras_3 =
      dk::model::keras_model_json(model->architecture(), KerasGeneration::kKeras3).value();
  put(root / "json", "keras_3", keras_3.dump());
  put(root / "layer_list", "list",
      R"([{"Dense": {"units": 3, "input_shape": [4]}}, "Flatten",
          {"Bidirectional": {"layer": {"LSTM": {"units": 2}}}}])");
  return failed;
}
