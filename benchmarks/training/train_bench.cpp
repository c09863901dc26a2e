// SPDX-License-Identifier: GPL-3.0-or-later
#include "benchmarks/training/train_bench.hpp"

#include "actors/descriptor/descriptor.hpp"
#include "actors/evaluation.hpp"
#include "actors/trainer.hpp"

#include <algorithm>
#include <chrono>
#include <ctime>

namespace dk::bench {
namespace {

double processor_seconds() {
  timespec time{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

}  // namespace

Result<void> bench_train(const Options& options, const MlpJob& job) {
  DK_TRY_ASSIGN(const auto spec, read_descriptor(descriptor_of(job), "benchmark", "/"));
  DK_TRY_ASSIGN(const auto train, storage::Dataset::load(spec.train));
  DK_TRY_ASSIGN(const auto test, storage::Dataset::load(*spec.test));
  DK_TRY_ASSIGN(auto trainer, Trainer::make(spec, train));
  DK_TRY_ASSIGN(const auto initial, build_model(spec));
  initial->initialize(spec.seed);
  std::ranges::copy(initial->parameters(), trainer->parameters().begin());

  const auto samples = options.quick ? train->size() / 4 : train->size();
  const auto start = std::chrono::steady_clock::now();
  const double processor_start = processor_seconds();
  for (std::uint32_t epoch = 0; epoch < spec.epochs; ++epoch) {
    trainer->begin(epoch, Block{epoch, 0, samples});
    while (!trainer->block_done()) DK_TRY(trainer->step());
  }
  const double processor = processor_seconds() - processor_start;
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  const auto trained = static_cast<double>(samples * spec.epochs);
  std::ranges::copy(trainer->parameters(), initial->parameters().begin());
  DK_TRY_ASSIGN(const auto sums, evaluate_model(*initial, *test));
  const double accuracy = initial->metric_values(sums.metrics).at(0).value;
  print_table(
      {{"one thread", "batch", "samples/s", "per processor second", "seconds", "accuracy"},
       {job.optimizer, fmt::format("{}", job.batch), fmt::format("{:.0f}", trained / seconds),
        fmt::format("{:.0f}", trained / processor), fmt::format("{:.2f}", seconds),
        fmt::format("{:.4f}", accuracy)}});
  return write_json(options, {{"optimizer", job.optimizer},
                              {"batch", job.batch},
                              {"epochs", spec.epochs},
                              {"samples", trained},
                              {"seconds", seconds},
                              {"processor_seconds", processor},
                              {"samples_per_second", trained / seconds},
                              {"samples_per_processor_second", trained / processor},
                              {"test_accuracy", accuracy}});
}

}  // namespace dk::bench
