// SPDX-License-Identifier: GPL-3.0-or-later
#include "apps/dk-chaos/soak.hpp"
#include "apps/dk-submit/command.hpp"
#include "apps/dk-submit/interrupt.hpp"
#include "apps/dk-submit/job_file.hpp"
#include "base/files.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <cstdio>
#include <iostream>
#include <random>

namespace dk::chaos {
namespace {

struct Options {
  std::string file;
  std::vector<std::string> overrides;
  std::vector<std::string> faults;
  std::string data;
  std::string json;
  std::uint64_t seed = 0;
  unsigned nodes = 3;
  unsigned standbys = 0;
  unsigned minutes = 5;
  unsigned gap_ms = 4000;
  double tolerance = 0.02;
};

std::string list_of_faults() {
  std::string text = "What may go wrong (all of it unless some are named with --faults):\n";
  for (const auto& fault : known_faults())
    text += fmt::format("  {:<11} {}\n", fault.name, fault.about);
  return text +
         "\nExample: half an hour, the same schedule again with the same seed\n"
         "  dk-chaos examples/fashion-mnist.yaml --minutes 30 --seed 7\n"
         "and with supervisors that take over from each other\n"
         "  dk-chaos examples/fashion-mnist.yaml --nodes 4 --standbys 2\n\n"
         "Exit code 0: every job ended as it does undisturbed; 1: one did not; 2: bad request.";
}

void describe(CLI::App& app, Options& options) {
  app.description(
      "Trains a job on daemons of this machine again and again, while processes die, stand still "
      "and come back, and checks that it ends as it does undisturbed: finished, every sample of "
      "every epoch visited once, the same accuracy.");
  app.footer(list_of_faults());
  app.add_option("FILE", options.file, "The job descriptor (YAML or JSON)")->required();
  app.add_option("--set", options.overrides, "Replace one value of the descriptor")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
  std::vector<std::string> names;
  for (const auto& fault : known_faults()) names.push_back(fault.name);
  app.add_option("--faults", options.faults, "Only these, separated by commas")
      ->delimiter(',')
      ->check(CLI::IsMember(names))
      ->type_name("NAME,...");
  app.add_option("--nodes", options.nodes, "Daemons; node-1 is the supervisor")
      ->check(CLI::Range(1U, 64U))
      ->capture_default_str();
  app.add_option("--standbys", options.standbys,
                 "So many of the others can take over as supervisor; two or more of them do")
      ->check(CLI::Range(0U, 63U))
      ->capture_default_str();
  app.add_option("--minutes", options.minutes, "How long; the job at hand is finished")
      ->check(CLI::Range(1U, 100'000U))
      ->capture_default_str();
  app.add_option("--gap-ms", options.gap_ms, "Mean time between two faults")
      ->check(CLI::Range(100U, 3'600'000U))
      ->capture_default_str();
  app.add_option("--seed", options.seed, "Of the schedule (default: a random one, printed)");
  app.add_option("--tolerance", options.tolerance,
                 "How far the test accuracy may be from the undisturbed run's")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  app.add_option("--data", options.data, "Directory for the nodes' data and logs; must be empty")
      ->type_name("DIR");
  app.add_option("--json", options.json, "Write the result there")->type_name("FILE");
}

Result<std::filesystem::path> empty_directory(const std::string& wanted) {
  std::error_code error;
  if (wanted.empty()) {
    auto pattern = (std::filesystem::temp_directory_path(error) / "dk-chaos-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr)
      return fail(Errc::kIo, "cannot make a directory {}", pattern);
    return std::filesystem::path(pattern);
  }
  std::filesystem::create_directories(wanted, error);
  if (error) return fail(Errc::kIo, "{}: {}", wanted, error.message());
  if (!std::filesystem::is_empty(wanted, error) || error)
    return fail(Errc::kInvalid, "--data {}: the directory is not empty", wanted);
  return std::filesystem::absolute(wanted, error);
}

Result<int> run(const Options& options) {
  SoakConfig config;
  DK_TRY_ASSIGN(config.request, submit::read_job_file(options.file, options.overrides));
  DK_TRY_ASSIGN(config.data, empty_directory(options.data));
  std::error_code error;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
  config.node_binary = self.parent_path() / "dk-node";
  if (options.standbys >= options.nodes) {
    return fail(Errc::kInvalid, "--standbys {}: of {} nodes at most {} can be standbys",
                options.standbys, options.nodes, options.nodes - 1);
  }
  config.nodes = options.nodes;
  config.standbys = options.standbys;
  config.seed = options.seed != 0 ? options.seed : std::random_device{}();
  config.duration = std::chrono::minutes(options.minutes);
  config.mean_gap = std::chrono::milliseconds(options.gap_ms);
  config.tolerance = options.tolerance;
  for (const auto& fault : known_faults()) {
    const bool named = std::ranges::find(options.faults, fault.name) != options.faults.end();
    if (options.faults.empty() || named) config.faults.push_back(fault);
  }
  const submit::Interrupt interrupt;
  const auto began = std::chrono::steady_clock::now();
  config.interrupted = [&] { return interrupt.raised(); };
  config.tell = [&](const std::string& line) {
    const std::chrono::duration<double> at = std::chrono::steady_clock::now() - began;
    std::cout << fmt::format("{:8.1f} s  {}", at.count(), line) << std::endl;
  };
  config.tell(fmt::format("seed {}, {} nodes, logs in {}", config.seed, config.nodes,
                          config.data.string()));
  DK_TRY_ASSIGN(const auto result, soak(config));
  if (!options.json.empty()) {
    const auto text = result.dump(1) + "\n";
    DK_TRY(write_file_atomic(options.json, std::as_bytes(std::span(text))));
  }
  const auto wrong = result.at("wrong");
  config.tell(fmt::format("{} jobs under {}: {} restarts, {} updates lost, {} samples repeated, {}",
                          result.at("jobs").get<int>(), result.at("faults").dump(),
                          result.value("restarts", 0), result.value("updates_lost", 0),
                          result.value("samples_repeated", 0),
                          wrong.empty() ? "nothing wrong" : "and this is wrong:"));
  for (const auto& line : wrong) std::cout << "  " << line.get<std::string>() << "\n";
  if (wrong.empty() && options.data.empty()) std::filesystem::remove_all(config.data, error);
  return wrong.empty() ? submit::kFinished : submit::kJobFailed;
}

}  // namespace
}  // namespace dk::chaos

int main(int argc, char** argv) {
  CLI::App app;
  dk::chaos::Options options;
  dk::chaos::describe(app, options);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : dk::submit::kBadRequest;
  }
  const auto code = dk::chaos::run(options);
  return code ? *code : dk::submit::report(code.error(), false);
}
