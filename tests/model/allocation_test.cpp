// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/optimizers/optimizer.hpp"
#include "tests/model/model_support.hpp"

#include <link.h>

#include <atomic>
#include <cstdlib>
#include <string_view>

namespace {

std::atomic<std::uint64_t> allocations{0};

/// The code of OpenBLAS, which on some processors (those with AVX-512 kernels for small products)
/// packs a matrix into memory of its own at each call: not ours to count.
struct Blas {
  std::uintptr_t begin = 0;
  std::uintptr_t end = 0;

  Blas() { ::dl_iterate_phdr(find, this); }
  [[nodiscard]] bool contains(const void* code) const {
    const auto at = reinterpret_cast<std::uintptr_t>(code);
    return at >= begin && at < end;
  }

 private:
  static int find(dl_phdr_info* library, std::size_t, void* found) {
    if (std::string_view(library->dlpi_name).find("blas") == std::string_view::npos) return 0;
    for (int i = 0; i < library->dlpi_phnum; ++i) {
      const auto& segment = library->dlpi_phdr[i];
      if (segment.p_type != PT_LOAD || (segment.p_flags & PF_X) == 0) continue;
      auto& blas = *static_cast<Blas*>(found);
      blas.begin = library->dlpi_addr + segment.p_vaddr;
      blas.end = blas.begin + segment.p_memsz;
    }
    return 0;
  }
};
const Blas blas;

void note_allocation(const void* caller) {
  if (!blas.contains(caller)) ++allocations;
}

}  // namespace

#ifndef DK_SANITIZED
// glibc lets a program put its own in front; operator new and the libraries go through them too.
extern "C" {
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* memory, std::size_t size);
void* __libc_memalign(std::size_t alignment, std::size_t size);

void* malloc(std::size_t size) noexcept {
  note_allocation(__builtin_return_address(0));
  return __libc_malloc(size);
}
void* calloc(std::size_t count, std::size_t size) noexcept {
  note_allocation(__builtin_return_address(0));
  return __libc_calloc(count, size);
}
void* realloc(void* memory, std::size_t size) noexcept {
  note_allocation(__builtin_return_address(0));
  return __libc_realloc(memory, size);
}
void* aligned_alloc(std::size_t alignment, std::size_t size) noexcept {
  note_allocation(__builtin_return_address(0));
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
