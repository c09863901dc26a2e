// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/random.hpp"
#include "model/keras/read_json.hpp"
#include "model/model.hpp"
#include "model/optimizers/optimizer.hpp"

#include <benchmark/benchmark.h>

#include <vector>

namespace {

constexpr std::size_t kSamples = 4096;

/// Training steps of dist-keras' MNIST perceptron; items_per_second is samples per second.
void train_mlp(benchmark::State& state, const char* optimizer_name) {
  using namespace dk::model;
  const auto batch = static_cast<std::size_t>(state.range(0));
  const auto list = nlohmann::json::parse(
      R"([{"Dense": {"units": 1000, "activation": "relu", "input_shape": [784]}},
          {"Dense": {"units": 250, "activation": "relu"}},
          {"Dense": {"units": 10, "activation": "softmax"}}])");
  auto model = Model::build(read_layer_list(list, "benchmark").value(),
                            {"sparse_categorical_crossentropy", {}, batch})
                   .value();
  model->initialize(7);
  auto optimizer = make_optimizer(optimizer_name, model->trainable_count()).value();
  dk::Random random(1);
  std::vector<float> x(kSamples * model->input_size());
  std::vector<float> y(kSamples);
  for (float& value : x) value = random.uniform();
  for (float& value : y) value = static_cast<float>(random.below(10));

  std::size_t at = 0;
  for (auto _ : state) {
    model->compute_gradients(std::span(x).subspan(at * model->input_size()),
                             std::span(y).subspan(at), batch, at);
    optimizer->step(model->parameters(), model->gradients());
    at = (at + batch) % (kSamples - batch);
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(batch));
}

}  // namespace

BENCHMARK_CAPTURE(train_mlp, sgd, "sgd")->Arg(4)->Arg(32)->Arg(128)->UseRealTime();
BENCHMARK_CAPTURE(train_mlp, adam, "adam")->Arg(4)->Arg(32)->Arg(128)->UseRealTime();
