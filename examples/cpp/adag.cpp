// SPDX-License-Identifier: GPL-3.0-or-later
// Two interleaved moons, learnt by ADAG with two workers and two parameter servers inside this
// process:
//
//     example_adag moons.keras
#include "base/random.hpp"
#include "distributed_keras/trainers.hpp"
#include "model/keras/model_file.hpp"
#include "model/sequential.hpp"
#include "model/training/training.hpp"

#include <fmt/core.h>

#include <cmath>
#include <numbers>

namespace {

struct Moons {
  Moons(std::size_t count, std::uint64_t seed) {
    dk::Random random(seed);
    for (std::size_t i = 0; i < count; ++i) {
      const bool lower = i % 2 == 1;
      const double angle = std::numbers::pi * static_cast<double>(i) / static_cast<double>(count);
      const double noise_x = 0.1 * static_cast<double>(random.normal());
      const double noise_y = 0.1 * static_cast<double>(random.normal());
      x.push_back(static_cast<float>((lower ? 1 - std::cos(angle) : std::cos(angle)) + noise_x));
      x.push_back(static_cast<float>((lower ? 0.5 - std::sin(angle) : std::sin(angle)) + noise_y));
      y.push_back(lower ? 1.0F : 0.0F);
    }
  }
  [[nodiscard]] dk::model::Data data() const { return {x, y}; }

  std::vector<float> x;
  std::vector<float> y;
};

dk::Result<dk::model::Architecture> network() {
  dk::model::Sequential net("moons");
  net.input({2});
  net.add("Dense", {{"units", 32}, {"activation", "relu"}});
  net.add("Dense", {{"units", 2}, {"activation", "softmax"}});
  return net.build();
}

void show(const nlohmann::json& event) {
  if (event.value("event", "") == "epoch") fmt::print("{}\n", event.dump());
}

dk::Result<void> run(const char* path) {
  const Moons training(2000, 1);
  const Moons unseen(500, 2);
  DK_TRY_ASSIGN(auto net, network());

  dk::Adag trainer({.model = std::move(net),
                    .optimizer = {{"name", "adam"}, {"learning_rate", 0.03}},
                    .loss = "sparse_categorical_crossentropy",
                    .metrics = {"accuracy"},
                    .epochs = 20,
                    .workers = 2,
                    .parameter_servers = 2},
                   {{"window", 2}});
  trainer.on_event(show);
  DK_TRY_ASSIGN(const auto model, trainer.train({.train = training.data()}));
  fmt::print("job {} took {:.1f} s\n", trainer.job().value, trainer.training_time().count());

  DK_TRY_ASSIGN(const auto logs, dk::model::evaluate(*model, unseen.data()));
  const double accuracy = *dk::model::find_log(logs, "accuracy");
  if (accuracy < 0.9) return dk::fail(dk::Errc::kInternal, "accuracy {} is too low", accuracy);
  DK_TRY(dk::model::write_model_file(path, *model));
  fmt::print("accuracy {:.3f} on unseen points; the model is in {}\n", accuracy, path);
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  const auto done = run(argc > 1 ? argv[1] : "moons.keras");
  if (!done) fmt::print(stderr, "error: {}\n", done.error().message);
  return done ? 0 : 1;
}
