// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/runtime_config.hpp"
#include "benchmarks/exchange/exchange_bench.hpp"
#include "benchmarks/exchange/shard_host.hpp"
#include "benchmarks/training/scaling_bench.hpp"
#include "benchmarks/training/train_bench.hpp"

#include <CLI/CLI.hpp>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

namespace {

int report(const dk::Result<void>& result) {
  if (result) return 0;
  fmt::print(stderr, "dk-bench: {}\n", result.error().message);
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  spdlog::set_default_logger(spdlog::stderr_color_mt("dk"));
  spdlog::set_level(spdlog::level::warn);
  dk::keep_large_buffers();
  CLI::App app{
      "Measures the runtime on this machine, each figure beside what the machine itself can do.\n"
      "Both sides run in turn, in one run; what counts is the ratio.\n\n"
      "example: dk-bench exchange --quick --json exchange.json"};
  app.require_subcommand(1);
  dk::bench::Options options;
  const auto add = [&](const char* name, const char* about) {
    auto* command = app.add_subcommand(name, about);
    command->add_option("--json", options.json, "Write the figures to this file as JSON");
    command->add_flag("--quick", options.quick, "A short run, for a first look");
    return command;
  };
  auto* exchange = add("exchange",
                       "A worker's exchange with its shards beside raw TCP and memcpy, small "
                       "requests beside it, and memory");
  dk::bench::MlpJob job;
  const auto add_data = [&](CLI::App* command) {
    command->add_option("--data", job.data, "Directory of IDX files, named as MNIST's")
        ->capture_default_str();
  };
  auto* scaling = add("scaling", "One and two asynchronous workers beside one that is alone");
  add_data(scaling);
  bool processes = false;
  scaling->add_flag("--processes", processes, "Every worker in a process of its own, over TCP");
  auto* train = add("train", "An epoch of a perceptron in one thread, with no runtime around it");
  add_data(train);
  train->add_option("--batch", job.batch)->capture_default_str();
  train->add_option("--optimizer", job.optimizer)->capture_default_str();
  train->add_option("--learning-rate", job.learning_rate)->capture_default_str();
  train->add_option("--epochs", job.epochs)->capture_default_str();
  std::vector<std::uint64_t> floats;
  auto* host = app.add_subcommand("shard-host", "INTERNAL: the other process of `exchange`");
  host->add_option("FLOATS", floats)->required();
  host->group("");

  CLI11_PARSE(app, argc, argv);
  if (host->parsed()) return report(dk::bench::run_shard_host(floats));
  if (exchange->parsed()) return report(dk::bench::bench_exchange(options));
  if (train->parsed()) return report(dk::bench::bench_train(options, job));
  return report(dk::bench::bench_scaling(
      options, job, processes ? dk::bench::Place::kProcesses : dk::bench::Place::kProcess));
}
