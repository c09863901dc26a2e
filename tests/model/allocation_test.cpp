// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/optimizers/optimizer.hpp"
#include "tests/model/model_support.hpp"

#include <atomic>
#include <cstdlib>

namespace {
std::atomic<std::uint64_t> allocations{0};
}  // namespace

#ifndef DK_SANITIZED
// glibc lets a program put its own in front; operator new and the libraries go through them too.
extern "C" {
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* memory, std::size_t size);
void* __libc_memalign(std::size_t alignment, std::size_t size);

void* malloc(std::size_t size) noexcept {
  ++allocations;
  return __libc_malloc(size);
}
void* calloc(std::size_t count, std::size_t size) noexcept {
  ++allocations;
  return __libc_calloc(count, size);
}
void* realloc(void* memory, std::size_t size) noexcept {
  ++allocations;
  return __libc_realloc(memory, size);
}
void* aligned_alloc(std::size_t alignment, std::size_t size) noexcept {
  ++allocations;
  return __libc_memalign(alignment, size);
}
}
#endif

namespace dk::model {
namespace {

#ifndef DK_SANITIZED
TEST(Allocation, IsCounted) {
  const std::uint64_t before = allocations;
  const auto buffer = FloatBuffer::make(1);
  const auto number = std::make_unique<int>(1);
  EXPECT_GE(allocations, before + 2);
}
#endif

TEST(Allocation, NeverHappensInAWarmStep) {
  const auto model =
      built(layers(R"([{"Dense": {"units": 300, "activation": "relu", "input_shape": [200]}},
                       {"Dropout": {"rate": 0.3}}, {"Dense": {"units": 50, "activation": "elu"}},
                       "Flatten", {"Dense": {"units": 10}},
                       {"Activation": {"activation": "softmax"}}])"),
            {"categorical_crossentropy", {"accuracy"}, 32});
  model->initialize(1);
  const auto x = random_floats(32 * 200, 1);
  const std::vector<float> y(32 * 10, 0.1F);
  for (const char* config :
       {R"("sgd")", R"({"name": "sgd", "momentum": 0.9})", R"({"name": "adam"})"}) {
    auto optimizer =
        make_optimizer(nlohmann::json::parse(config), model->trainable_count()).value();
    const auto step = [&](std::size_t n) {
      model->compute_gradients(x, y, n, n);
      optimizer->step(model->parameters(), model->gradients());
      model->evaluate(x, y, n);
      model->predict(x, n);
    };
    step(32);
    const std::uint64_t before = allocations;
    step(32);
    step(1);
    EXPECT_EQ(allocations, before) << config;
  }
}

TEST(Allocation, NeverHappensInAnOptimizersStep) {
  std::vector<float> parameters(100, 1);
  const std::vector<float> gradients(100, 1);
  for (const std::string& name : known_optimizers()) {
    for (const char* clip : {"clipnorm", "clipvalue", "global_clipnorm"}) {
      auto config = nlohmann::json::parse(
          R"({"learning_rate": {"name": "warmup", "steps": 2, "then": {"name": "cosine",
              "initial_learning_rate": 0.1, "decay_steps": 9}}})");
      config.update({{"name", name}, {clip, 0.5}});
      const auto optimizer = make_optimizer(config, parameters.size()).value();
      const std::uint64_t before = allocations;
      for (int step = 0; step < 4; ++step) optimizer->step(parameters, gradients);
      EXPECT_EQ(allocations, before) << name;
    }
  }
}

}  // namespace
}  // namespace dk::model
