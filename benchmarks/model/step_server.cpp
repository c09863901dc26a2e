// SPDX-License-Identifier: GPL-3.0-or-later
#include "benchmarks/model/step_server.hpp"

#include "benchmarks/model/step.hpp"

#include <algorithm>
#include <chrono>
#include <ctime>
#include <iostream>
#include <optional>

namespace dk::bench {
namespace {

constexpr double kWarmUpSeconds = 0.1;
constexpr std::size_t kWarmUpSteps = 3;

struct Slice {
  std::size_t samples = 0;
  double seconds = 0;
  double cpu_seconds = 0;
};

Slice run_for(Step& step, double seconds, std::size_t least_steps) {
  using Clock = std::chrono::steady_clock;
  const auto start = Clock::now();
  const std::clock_t cpu_start = std::clock();
  Slice slice;
  for (std::size_t steps = 0; slice.seconds < seconds || steps < least_steps; ++steps) {
    step.run();
    slice.samples += step.batch();
    slice.seconds = std::chrono::duration<double>(Clock::now() - start).count();
  }
  slice.cpu_seconds = static_cast<double>(std::clock() - cpu_start) / CLOCKS_PER_SEC;
  return slice;
}

}  // namespace

bool serve_steps(unsigned threads) {
  const auto& cases = step_cases();
  nlohmann::json names = nlohmann::json::array();
  for (const StepCase& each : cases) names.push_back(each.name());
  std::cout << nlohmann::json{{"name", "dk"}, {"cases", names}} << std::endl;

  std::string name;
  double seconds = 0;
  std::string current;
  std::optional<Step> step;
  while (std::cin >> name >> seconds) {
    if (name != current) {
      const auto found = std::find_if(cases.begin(), cases.end(),
                                      [&](const StepCase& each) { return each.name() == name; });
      if (found == cases.end()) {
        std::cerr << "no case '" << name << "'\n";
        return false;
      }
      step.emplace(*found, threads);
      current = name;
      run_for(*step, kWarmUpSeconds, kWarmUpSteps);
    }
    const Slice slice = run_for(*step, seconds, 1);
    std::cout << nlohmann::json{{"samples", slice.samples},
                                {"seconds", slice.seconds},
                                {"cpu_seconds", slice.cpu_seconds},
                                {"parameters", step->trainable_count()}}
              << std::endl;
  }
  return std::cin.eof();
}

}  // namespace dk::bench
