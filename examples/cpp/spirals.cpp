// SPDX-License-Identifier: GPL-3.0-or-later
// Learns which of three arms of a spiral a point lies on, and writes the model as a file of Keras:
//
//     example_spirals spirals.keras
#include "base/random.hpp"
#include "model/keras/model_file.hpp"
#include "model/sequential.hpp"
#include "model/summary.hpp"
#include "model/training/training.hpp"

#include <fmt/core.h>

#include <cmath>
#include <numbers>

namespace {

using namespace dk::model;

constexpr std::size_t kArms = 3;

/// Points in the plane and the number of the arm that each lies on.
struct Points {
  Points(std::size_t count, std::uint64_t seed) {
    dk::Random random(seed);
    for (std::size_t i = 0; i < count; ++i) {
      const auto arm = static_cast<double>(i % kArms);
      const double radius = static_cast<double>(i) / static_cast<double>(count);
      const double noise = 0.1 * static_cast<double>(random.normal());
      const double angle = 2 * std::numbers::pi * (arm / kArms + radius) + noise;
      x.push_back(static_cast<float>(radius * std::cos(angle)));
      x.push_back(static_cast<float>(radius * std::sin(angle)));
      y.push_back(static_cast<float>(arm));
    }
  }
  [[nodiscard]] Data data() const { return {x, y}; }

  std::vector<float> x;
  std::vector<float> y;
};

dk::Result<Architecture> network() {
  Sequential net("spirals");
  net.input({2});
  net.add("Dense", {{"units", 32}, {"activation", "tanh"}});
  net.add("Dense", {{"units", 32}, {"activation", "tanh"}});
  net.add("Dense", {{"units", kArms}, {"activation", "softmax"}});
  return net.build();
}

dk::Result<void> run(const char* path) {
  const Points training(900, 1);
  const Points unseen(300, 2);
  const CompileConfig compile{"sparse_categorical_crossentropy", {"accuracy"}, 32};

  DK_TRY_ASSIGN(const Architecture architecture, network());
  DK_TRY_ASSIGN(const auto model, Model::build(architecture, compile));
  model->initialize(/*seed=*/3);
  fmt::print("{}\n", summary(*model));

  DK_TRY_ASSIGN(const auto adam,
                make_optimizer({{"name", "adam"}, {"learning_rate", 0.01}}, model->layout()));
  DK_TRY_ASSIGN(
      const auto stop,
      make_callback({{"name", "stop_at_target"}, {"monitor", "val_accuracy"}, {"target", 0.95}}));
  DK_TRY_ASSIGN(const History history,
                fit(*model, *adam, training.data(),
                    {.epochs = 100,
                     .validation_data = unseen.data(),
                     .callbacks = {stop.get()},
                     .verbose = [](std::string_view line) { fmt::print("{}\n", line); }}));
  fmt::print("{} epochs; {}\n", history.epochs.size(), history.stopped);
  DK_TRY(write_model_file(path, *model, {.optimizer = adam.get()}));

  DK_TRY_ASSIGN(const ModelFile file, read_model_file(path));
  DK_TRY_ASSIGN(const auto again, build_model(file, compile));
  DK_TRY_ASSIGN(const Logs before, evaluate(*model, unseen.data()));
  DK_TRY_ASSIGN(const Logs after, evaluate(*again, unseen.data()));
  const double accuracy = *find_log(before, "accuracy");
  if (accuracy < 0.95 || accuracy != *find_log(after, "accuracy")) {
    return dk::fail(dk::Errc::kInvalid, "accuracy {} became {}", accuracy,
                    *find_log(after, "accuracy"));
  }
  fmt::print("accuracy {:.3f} on unseen points, and the file says so, too\n", accuracy);
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  const auto done = run(argc > 1 ? argv[1] : "spirals.keras");
  if (!done) fmt::print(stderr, "error: {}\n", done.error().message);
  return done ? 0 : 1;
}
