// SPDX-License-Identifier: GPL-3.0-or-later
#include "apps/dk-submit/render_top.hpp"

#include "apps/dk-submit/format.hpp"
#include "apps/dk-submit/sparkline.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace dk::submit {
namespace {

using nlohmann::json;

constexpr std::size_t kCurve = 24;
constexpr std::size_t kRecent = 5;

std::uint64_t id_of(const json& job) {
  return static_cast<std::uint64_t>(number(job, "id").value_or(0));
}

/// Characters, not bytes.
std::string cut(const std::string& line, std::size_t width) {
  std::size_t characters = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const bool starts = (static_cast<unsigned char>(line[i]) & 0xC0U) != 0x80U;
    if (starts && characters++ == width) return line.substr(0, i);
  }
  return line;
}

/// Workers and parameter servers by machine, of all jobs.
std::map<std::string, std::pair<std::size_t, std::size_t>> hosted(const ClusterView& view) {
  std::map<std::string, std::pair<std::size_t, std::size_t>> counts;
  for (const auto& [id, status] : view.status) {
    for (const auto& executor : member(status, "executors")) {
      auto& [workers, shards] = counts[text(executor, "node")];
      workers += executor.value("workers", json::array()).size();
      shards += executor.value("shards", json::array()).size();
    }
  }
  return counts;
}

std::string headline(const ClusterView& view) {
  std::size_t alive = 0;
  double cores = 0;
  double rate = 0;
  for (const auto& node : view.nodes) {
    if (text(node, "state") == "lost") continue;
    ++alive;
    cores += number(node, "cores").value_or(0);
  }
  for (const auto& [id, status] : view.status)
    rate += number(status, "samples_per_second").value_or(0);
  std::map<std::string, std::size_t> states;
  for (const auto& job : view.jobs) ++states[text(job, "state")];
  std::string jobs;
  for (const auto& [state, times] : states)
    jobs += fmt::format("{}{} {}", jobs.empty() ? "" : ", ", times, state);
  return fmt::format("{} of {} up, {}; jobs: {}; {} samples/s", alive,
                     plural(static_cast<double>(view.nodes.size()), "node"), plural(cores, "core"),
                     jobs.empty() ? "none" : jobs, count(rate));
}

void add_nodes(const ClusterView& view, std::vector<std::string>& lines) {
  lines.push_back(fmt::format("{:<20} {:<9} {:>5} {:>8} {:>7}  {}", "NODE", "STATE", "CORES",
                              "WORKERS", "SERVERS", "ROLE"));
  const auto counts = hosted(view);
  for (const auto& node : view.nodes) {
    const auto found = counts.find(text(node, "name"));
    const auto [workers, shards] =
        found == counts.end() ? std::pair<std::size_t, std::size_t>{} : found->second;
    lines.push_back(fmt::format("{:<20} {:<9} {:>5} {:>8} {:>7}  {}",
                                text(node, "name").substr(0, 20), text(node, "state"),
                                count(number(node, "cores")), workers, shards, text(node, "role")));
  }
}

std::string job_line(const json& job, const json& status, const std::string& curve) {
  const auto done = number(status, "samples_done").value_or(0);
  const auto total = number(status, "samples_total").value_or(0);
  const auto share = total > 0 ? std::optional<double>(done / total) : std::nullopt;
  return fmt::format("{:>5} {:<9} {:<18} {:>5} {:>11} {:>9} {:>8}  {}", id_of(job),
                     text(job, "state"), text(job, "name").substr(0, 18), percent(share, 0),
                     count(number(status, "samples_per_second")),
                     duration(number(status, "eta_seconds")), decimal(number(status, "loss")),
                     curve);
}

void add_jobs(const ClusterView& view, bool utf8, std::vector<std::string>& lines) {
  lines.push_back(fmt::format("{:>5} {:<9} {:<18} {:>5} {:>11} {:>9} {:>8}  {}", "JOB", "STATE",
                              "NAME", "DONE", "SAMPLES/S", "LEFT", "LOSS", "CURVE"));
  std::size_t ended = 0;
  for (const bool live : {true, false}) {
    for (const auto& job : view.jobs) {
      const auto found = view.status.find(id_of(job));
      if ((found != view.status.end()) != live) continue;
      if (!live && ++ended > kRecent) continue;
      const auto losses = view.losses.find(id_of(job));
      auto values = losses == view.losses.end() ? std::vector<double>() : losses->second;
      if (values.size() > kCurve)
        values.erase(values.begin(), values.end() - static_cast<std::ptrdiff_t>(kCurve));
      lines.push_back(
          job_line(job, live ? found->second : json::object(), sparkline(values, utf8)));
    }
  }
  if (ended > kRecent)
    lines.push_back(
        fmt::format("      and {} more that ended (dk-submit history)", ended - kRecent));
}

}  // namespace

json to_json(const ClusterView& view) {
  auto jobs = view.jobs;
  for (auto& job : jobs) {
    const auto id = id_of(job);
    if (const auto found = view.status.find(id); found != view.status.end())
      job["status"] = found->second;
    if (const auto found = view.losses.find(id); found != view.losses.end())
      job["losses"] = found->second;
  }
  return {{"nodes", view.nodes}, {"jobs", std::move(jobs)}};
}

std::vector<std::string> render_top(const ClusterView& view, const TopSize& size) {
  std::vector<std::string> lines{headline(view)};
  if (!view.trouble.empty()) lines.push_back("! " + printable(view.trouble));
  lines.emplace_back();
  add_nodes(view, lines);
  lines.emplace_back();
  add_jobs(view, size.utf8, lines);
  if (size.height > 0 && lines.size() > size.height) {
    const auto hidden = lines.size() - size.height + 1;
    lines.resize(size.height - 1);
    lines.push_back(fmt::format("({} more lines)", hidden));
  }
  for (auto& line : lines) {
    line = cut(line, size.width);
    line.erase(line.find_last_not_of(' ') + 1);
  }
  return lines;
}

}  // namespace dk::submit
