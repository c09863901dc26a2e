// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/simulation/schedule.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace dk::simulation {
namespace {

constexpr std::array<const char*, static_cast<std::size_t>(FaultKind::kCount)> kNames{
    "kill-executor", "kill-two-executors", "freeze-executor", "kill-node",
    "vanish-node",   "freeze-node",        "kill-supervisor", "freeze-supervisor",
    "cut",           "partition",          "one-way",         "isolate",
    "state-disk",    "chunk-disk",         "drain",           "leave",
    "flip-chunks",   "flip-manifests",     "flip-record",     "odd-clock"};

/// The standard library's distributions differ between platforms; this does not.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : random_(seed * 0x9E3779B97F4A7C15ULL + 1) {}
  /// From [low, high].
  template <class T>
  T between(T low, T high) {
    return low + static_cast<T>(random_() % static_cast<std::uint64_t>(high - low + 1));
  }
  std::chrono::milliseconds between(std::chrono::milliseconds low, std::chrono::milliseconds high) {
    return std::chrono::milliseconds(between(low.count(), high.count()));
  }
  bool one_in(std::uint64_t n) { return random_() % n == 0; }
  std::uint64_t next() { return random_(); }

 private:
  std::mt19937_64 random_;
};

const char* pick_algorithm(Dice& dice) {
  switch (dice.between(0, 15)) {
    case 0:
    case 1:
      return "downpour";
    case 2:
      return "aeasgd";
    case 3:
      return "dynsgd";
    case 4:
      return "eamsgd";
    case 5:
      return "sync-sgd";
    case 6:
      return "easgd";
    case 7:
      return "sandblaster-lbfgs";
    default:
      return "adag";
  }
}

Fault pick_fault(Dice& dice) {
  Fault fault;
  fault.kind = static_cast<FaultKind>(dice.between(0, static_cast<int>(FaultKind::kCount) - 1));
  fault.at = dice.between(0ms, 2500ms);
  fault.lasting = dice.one_in(3) ? dice.between(6000ms, 20000ms) : dice.between(10ms, 4000ms);
  fault.pick = dice.next();
  return fault;
}

}  // namespace

const char* name_of(FaultKind kind) {
  return kNames.at(static_cast<std::size_t>(kind));
}

Schedule Schedule::of(std::uint64_t seed) {
  Dice dice(seed);
  Schedule made;
  made.seed = seed;
  made.algorithm = pick_algorithm(dice);
  made.machines = dice.between(1U, 4U);
  made.cores = dice.between(1U, 2U);
  made.workers = dice.between(1U, made.machines * made.cores);
  made.shards = dice.between(1U, 4U);
  made.replicas = dice.one_in(4) ? 1 : 2;
  made.epochs = dice.between(4U, 16U);
  made.checkpoint_every = dice.between(20ms, 1500ms);
  made.worker_state = seed % 3 == 0;
  made.step_time = std::chrono::microseconds(dice.between(100, 2000));
  made.weather.max_latency = std::chrono::microseconds(dice.between(200, 20'000));
  if (dice.one_in(3)) {
    made.weather.drop = dice.between(0, 2) * 0.01;
    made.weather.duplicate = dice.between(0, 5) * 0.01;
    made.weather.reorder = dice.between(0, 5) * 0.01;
  }
  const auto faults = dice.between(0, 5);
  for (int i = 0; i < faults; ++i) made.faults.push_back(pick_fault(dice));
  std::ranges::stable_sort(made.faults, {}, &Fault::at);
  if (made.machines >= 3 && dice.one_in(2)) made.candidates = 3;
  if (seed % 4 == 1) {
    const auto all = made.machines * made.cores;
    auto& rival = made.rival.emplace();
    rival.at = dice.between(0ms, 2500ms);
    // It must be able to have what it wants, also when it has given up a machine.
    rival.workers_min = made.faults.size() <= 1 && dice.one_in(2) ? all : 1;
    rival.workers_max = all;
    rival.priority = dice.one_in(3) ? 50 : 90;
    rival.epochs = dice.between(1U, 6U);
  }
  return made;
}

Schedule Schedule::of_many(std::uint64_t seed, std::uint32_t workers) {
  Dice dice(seed);
  auto made = of(seed);
  made.algorithm = "adag";
  made.cores = 25;
  made.machines = (workers + made.cores - 1) / made.cores;
  made.workers = workers;
  made.shards = 2;
  made.replicas = 2;
  made.epochs = 4;
  made.checkpoint_every = 2000ms;
  made.worker_state = false;
  made.rival.reset();
  made.step_time = 2us;
  made.weather = {};
  made.faults.resize(std::min<std::size_t>(made.faults.size(), 3));
  return made;
}

Schedule Schedule::of_hours(std::uint64_t seed, std::uint32_t hours) {
  Dice dice(seed);
  Schedule made;
  made.seed = seed;
  made.algorithm = "adag";
  made.machines = 4;
  made.cores = 2;
  made.workers = 4;
  made.shards = 2;
  made.candidates = 3;
  made.epochs = 16;
  made.checkpoint_every = 500ms;
  made.step_time = 1000us;
  made.weather.max_latency = 5000us;
  const std::chrono::milliseconds all = std::chrono::hours(hours);
  for (auto at = 0ms; at < all; at += dice.between(30'000ms, 600'000ms)) {
    made.further_jobs.push_back(at);
    // Some while it runs, some while nothing does.
    auto fault = pick_fault(dice);
    fault.at = at + (dice.one_in(3) ? dice.between(0ms, 30'000ms) : dice.between(0ms, 3'000ms));
    made.faults.push_back(fault);
  }
  std::ranges::stable_sort(made.faults, {}, &Fault::at);
  return made;
}

std::string Schedule::describe() const {
  auto text = fmt::format(
      "seed {}: {} with {} workers, {} shards, {} copies on {} machines of {} cores ({} of them "
      "candidates), {} epochs, "
      "checkpoints every {} ms{}, {} us a message, up to {} us on the wire",
      seed, algorithm, workers, shards, replicas, machines, cores, candidates, epochs,
      checkpoint_every.count(), worker_state ? " with the workers' state" : "", step_time.count(),
      std::chrono::duration_cast<std::chrono::microseconds>(weather.max_latency).count());
  if (weather.drop + weather.duplicate + weather.reorder > 0) {
    text += fmt::format("; {:.0f} % lost, {:.0f} % twice, {:.0f} % overtaken", 100 * weather.drop,
                        100 * weather.duplicate, 100 * weather.reorder);
  }
  if (rival) {
    text += fmt::format("; at {} ms a job of priority {} with {} to {} workers, {} epochs",
                        rival->at.count(), rival->priority, rival->workers_min, rival->workers_max,
                        rival->epochs);
  }
  if (!further_jobs.empty()) {
    return text +
           fmt::format(
               "; {} jobs and {} faults in {} minutes", further_jobs.size(), faults.size(),
               std::chrono::duration_cast<std::chrono::minutes>(further_jobs.back()).count());
  }
  for (const auto& fault : faults) {
    text += fmt::format("; at {} ms {} ({} ms)", fault.at.count(), name_of(fault.kind),
                        fault.lasting.count());
  }
  return text;
}

}  // namespace dk::simulation
