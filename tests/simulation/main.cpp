// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/simulation/runner.hpp"

#include <CLI/CLI.hpp>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <unistd.h>

#include <iostream>
#include <optional>

namespace dk::simulation {
namespace {

using Clock = std::chrono::steady_clock;

struct Options {
  std::uint64_t seeds = 500;
  std::uint64_t first = 1;
  std::optional<std::uint64_t> seed;
  std::uint32_t workers = 0;
  double minutes = 0;
  std::uint32_t hours = 0;
  bool trace = false;
  std::size_t lines = 80;
};

Schedule schedule_of(const Options& options, std::uint64_t seed) {
  return options.workers > 0 ? Schedule::of_many(seed, options.workers) : Schedule::of(seed);
}

void print_trace(const Verdict& verdict, std::size_t lines) {
  const auto from = verdict.trace.size() - std::min(lines, verdict.trace.size());
  for (auto line = from; line < verdict.trace.size(); ++line)
    std::cout << verdict.trace[line] << '\n';
}

/// Plays it once more, because a run that is traced is slow.
void explain(const Schedule& schedule, const Verdict& verdict, const Options& options) {
  std::cout << "\nFAILED " << schedule.describe() << '\n';
  print_trace(play(schedule, true), options.lines);
  for (const auto& violation : verdict.violations) std::cout << "VIOLATION: " << violation << '\n';
  std::cout << fmt::format(
      "replay: dk-simulate --seed {}{} --trace\n\n", schedule.seed,
      options.workers > 0 ? fmt::format(" --workers {}", options.workers) : std::string());
}

int replay(const Options& options) {
  const auto schedule = schedule_of(options, *options.seed);
  std::cout << schedule.describe() << '\n';
  const auto verdict = play(schedule, options.trace);
  if (options.trace) print_trace(verdict, verdict.trace.size());
  for (const auto& violation : verdict.violations) std::cout << "VIOLATION: " << violation << '\n';
  std::cout << fmt::format("{}: {} messages, {} checks, {} recoveries, {:.1f} s of virtual time\n",
                           verdict.violations.empty()
                               ? (verdict.finished ? "finished" : "failed, lawfully")
                               : "NOT as it must be",
                           verdict.messages, verdict.checks, verdict.recoveries,
                           static_cast<double>(verdict.virtual_time.count()) / 1000);
  if (options.trace) std::cout << fmt::format("fingerprint {:016x}\n", verdict.fingerprint);
  return verdict.violations.empty() ? 0 : 1;
}

int live(const Options& options) {
  const auto schedule = Schedule::of_hours(options.seed.value_or(options.first), options.hours);
  std::cout << schedule.describe() << std::endl;
  const auto verdict = live_through(schedule);
  for (const auto& violation : verdict.violations) std::cout << "VIOLATION: " << violation << '\n';
  const auto hours = static_cast<double>(verdict.virtual_time.count()) / 3'600'000;
  std::cout << fmt::format(
      "{:.1f} h of virtual time: {} jobs finished, {} recoveries, {} messages\n", hours,
      verdict.jobs, verdict.recoveries, verdict.messages);
  return verdict.violations.empty() ? 0 : 1;
}

void show_progress(std::uint64_t done, const Options& options, Clock::time_point start) {
  const std::chrono::duration<double> took = Clock::now() - start;
  const auto rate = static_cast<double>(done) / took.count();
  const auto left = options.minutes > 0 ? options.minutes * 60 - took.count()
                                        : static_cast<double>(options.seeds - done) / rate;
  std::cout << fmt::format("\r{} seeds, {:.1f}/s, {:.0f} s left   ", done, rate, left)
            << std::flush;
}

int sweep(const Options& options) {
  const auto start = Clock::now();
  const bool terminal = isatty(STDOUT_FILENO) != 0;
  std::uint64_t done = 0;
  std::uint64_t failed = 0;
  std::uint64_t unfinished = 0;
  std::uint64_t messages = 0;
  std::uint64_t checks = 0;
  std::uint64_t recoveries = 0;
  auto told = start;
  const auto goes_on = [&] {
    const std::chrono::duration<double> took = Clock::now() - start;
    return options.minutes > 0 ? took.count() < options.minutes * 60 : done < options.seeds;
  };
  while (goes_on()) {
    const auto schedule = schedule_of(options, options.first + done);
    const auto verdict = play(schedule);
    ++done;
    messages += verdict.messages;
    checks += verdict.checks;
    recoveries += verdict.recoveries;
    if (!verdict.violations.empty()) {
      explain(schedule, verdict, options);
      ++failed;
    } else if (!verdict.finished) {
      ++unfinished;
    }
    if (Clock::now() - told < (terminal ? 1s : 30s)) continue;
    told = Clock::now();
    show_progress(done, options, start);
  }
  const std::chrono::duration<double> took = Clock::now() - start;
  std::cout << fmt::format(
      "\r{} seeds from {} on in {:.1f} s: {} failed, {} ended for lack of machines; {} messages, "
      "{} recoveries, {} checks\n",
      done, options.first, took.count(), failed, unfinished, messages, recoveries, checks);
  return failed == 0 ? 0 : 1;
}

}  // namespace
}  // namespace dk::simulation

int main(int argc, char** argv) {
  dk::simulation::Options options;
  CLI::App app{
      "Plays whole clusters with everything that goes wrong, from seeds, in virtual time."};
  app.add_option("--seeds", options.seeds, "How many seeds")->capture_default_str();
  app.add_option("--first", options.first, "The first one")->capture_default_str();
  app.add_option("--seed", options.seed, "Only this one");
  app.add_option("--workers", options.workers, "Large clusters of so many workers, few faults");
  app.add_option("--minutes", options.minutes, "For so long, in place of --seeds");
  app.add_option("--hours", options.hours,
                 "A standing cluster that lives so long, in virtual time, through many jobs");
  app.add_flag("--trace", options.trace, "With --seed: every message");
  app.add_option("--lines", options.lines, "Of the trace of a seed that fails")
      ->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  if (options.hours > 0) return dk::simulation::live(options);
  return options.seed ? dk::simulation::replay(options) : dk::simulation::sweep(options);
}
