// SPDX-License-Identifier: GPL-3.0-or-later
#include "benchmarks/report.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <thread>

namespace dk::bench {
namespace {

std::string value_of(const char* file, const std::string& key) {
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    if (!line.starts_with(key)) continue;
    const auto start = line.find_first_not_of(" \t:", key.size());
    return start == std::string::npos ? "" : line.substr(start);
  }
  return "unknown";
}

std::string first_line(const char* file) {
  std::ifstream in(file);
  std::string line;
  std::getline(in, line);
  return line;
}

}  // namespace

double quantile(std::vector<double> values, double fraction) {
  if (values.empty()) return 0;
  std::ranges::sort(values);
  const double place = fraction * static_cast<double>(values.size() - 1);
  const auto low = static_cast<std::size_t>(place);
  const auto high = std::min(low + 1, values.size() - 1);
  return std::lerp(values[low], values[high], place - static_cast<double>(low));
}

void run_interleaved(std::vector<Cell>& cells, int rounds) {
  for (int round = 0; round < rounds; ++round) {
    for (auto& cell : cells) cell.times.push_back(cell.seconds());
  }
}

double speed_ratio(const Cell& ours, const Cell& theirs) {
  std::vector<double> ratios;
  for (std::size_t i = 0; i < std::min(ours.times.size(), theirs.times.size()); ++i) {
    ratios.push_back(theirs.times[i] / ours.times[i]);
  }
  return median(ratios);
}

nlohmann::json machine() {
  return {{"processor", value_of("/proc/cpuinfo", "model name")},
          {"cores", std::thread::hardware_concurrency()},
          {"memory", value_of("/proc/meminfo", "MemTotal")},
          {"kernel", first_line("/proc/sys/kernel/osrelease")},
          {"load", first_line("/proc/loadavg")},
          {"compiler", __VERSION__}};
}

void print_table(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      line += i == 0 ? fmt::format("{:<{}}", row[i], widths[i])
                     : fmt::format("  {:>{}}", row[i], widths[i]);
    }
    fmt::print("{}\n", line);
  }
  fmt::print("\n");
  std::fflush(stdout);
}

Result<void> write_json(const Options& options, nlohmann::json figures) {
  if (options.json.empty()) return {};
  figures["machine"] = machine();
  std::ofstream out(options.json);
  out << figures.dump(2) << '\n';
  if (!out.flush()) return fail(Errc::kIo, "cannot write {}", options.json);
  return {};
}

}  // namespace dk::bench
