// SPDX-License-Identifier: GPL-3.0-or-later
#include "benchmarks/model/layer_run.hpp"
#include "benchmarks/model/step.hpp"
#include "benchmarks/model/step_server.hpp"
#include "model/threads.hpp"

#include <CLI/CLI.hpp>
#include <benchmark/benchmark.h>

#include <chrono>
#include <string>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

void measure_step(benchmark::State& state, const dk::bench::StepCase& what, unsigned threads) {
  dk::bench::Step step(what, threads);
  for (auto _ : state) step.run();
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(what.batch));
}

void measure_layer(benchmark::State& state, const dk::bench::LayerCase& what, bool training) {
  dk::bench::LayerRun layer(what);
  for (auto _ : state) {
    layer.refill();
    const auto start = Clock::now();
    if (training) {
      layer.step();
    } else {
      layer.forward();
    }
    state.SetIterationTime(std::chrono::duration<double>(Clock::now() - start).count());
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(what.batch));
}

void register_all(unsigned threads) {
  for (const auto& what : dk::bench::layer_cases()) {
    for (const bool training : {false, true}) {
      const auto name = "layer/" + what.name + (training ? "/train/" : "/forward/");
      benchmark::RegisterBenchmark(
          (name + std::to_string(what.batch)).c_str(),
          [what, training](benchmark::State& state) { measure_layer(state, what, training); })
          ->Unit(benchmark::kMicrosecond)
          ->UseManualTime();
    }
  }
  for (const auto& what : dk::bench::step_cases()) {
    benchmark::RegisterBenchmark(
        ("step/" + what.name()).c_str(),
        [what, threads](benchmark::State& state) { measure_step(state, what, threads); })
        ->Unit(benchmark::kMicrosecond)
        ->UseRealTime();
  }
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{
      "Measures layers, forward and in training, and whole steps of four models; items are "
      "samples.\nOptions of Google Benchmark work too."};
  unsigned threads = 1;
  app.add_option("--threads", threads, "Cores that a step uses")
      ->check(CLI::Range(1U, 1024U))
      ->capture_default_str();
  bool quick = false;
  app.add_flag("--quick", quick, "A short run, for a first look");
  std::string filter = ".";
  app.add_option("--filter", filter, "Only what matches this regular expression: 'step/cnn|lstm'");
  std::string json;
  app.add_option("--json", json, "Write the figures to this file as JSON");
  bool serve = false;
  app.add_flag("--serve", serve, "INTERNAL: steps on request, for compare.py")->group("");
  app.allow_extras();
  CLI11_PARSE(app, argc, argv);

  if (serve) return dk::bench::serve_steps(threads) ? 0 : 1;
  std::vector<std::string> words{argv[0],
                                 quick ? "--benchmark_min_time=0.02" : "--benchmark_min_time=0.2"};
  words.push_back("--benchmark_filter=" + filter);
  if (!json.empty()) {
    words.push_back("--benchmark_out=" + json);
    words.emplace_back("--benchmark_out_format=json");
  }
  for (const auto& word : app.remaining()) words.push_back(word);
  std::vector<char*> arguments;
  arguments.reserve(words.size() + 1);
  for (auto& word : words) arguments.push_back(word.data());
  auto count = static_cast<int>(arguments.size());
  arguments.push_back(nullptr);
  benchmark::Initialize(&count, arguments.data());
  if (benchmark::ReportUnrecognizedArguments(count, arguments.data())) return 1;
  dk::model::use_threads(threads);
  register_all(threads);
  const bool ran = benchmark::RunSpecifiedBenchmarks() > 0;
  benchmark::Shutdown();
  return ran ? 0 : 1;
}
