// SPDX-License-Identifier: GPL-3.0-or-later
#include "benchmarks/exchange/process_memory.hpp"

#include <fmt/format.h>

#include <fstream>
#include <string>

namespace dk::bench {
namespace {

double status_mb(pid_t process, const std::string& key) {
  std::ifstream in(fmt::format("/proc/{}/status", process));
  for (std::string word; in >> word;) {
    double kilobytes = 0;
    if (word == key && in >> kilobytes) return kilobytes * 1024 / 1e6;
  }
  return 0;
}

}  // namespace

double resident_mb(pid_t process) {
  return status_mb(process, "VmRSS:");
}
double peak_mb(pid_t process) {
  return status_mb(process, "VmHWM:");
}
void forget_peak(pid_t process) {
  std::ofstream(fmt::format("/proc/{}/clear_refs", process)) << "5";
}

}  // namespace dk::bench
