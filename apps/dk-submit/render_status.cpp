// SPDX-License-Identifier: GPL-3.0-or-later
#include "apps/dk-submit/format.hpp"
#include "apps/dk-submit/render.hpp"
#include "apps/dk-submit/sparkline.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace dk::submit {
namespace {

using nlohmann::json;
using Row = std::vector<std::string>;

/// Left-aligned columns, two spaces apart.
std::string table(const std::vector<Row>& rows) {
  std::vector<std::size_t> widths(rows.front().size(), 0);
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string result;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) line += fmt::format("{:<{}}  ", row[i], widths[i]);
    line.erase(line.find_last_not_of(' ') + 1);
    result += line + "\n";
  }
  return result;
}

std::string memory_of(const json& node) {
  const auto bytes = number(node, "memory_bytes");
  // In the unit of limits.memory.
  return bytes && *bytes > 0 ? fmt::format("{:.1f} GiB", *bytes / (1U << 30U)) : "-";
}

/// Below this it is time to issue another one, as the daemon warns, too.
constexpr double kSoonDays = 30;

std::string certificate_of(const json& node) {
  const auto days = number(node, "certificate_days_left");
  if (!days) return "-";
  if (*days < 0) return "has ended";
  return fmt::format("{:.0f} days{}", std::floor(*days), *days < kSoonDays ? ": renew it" : "");
}

std::string labels_of(const json& node) {
  std::string result;
  for (const auto& [name, value] : member(node, "labels").items()) {
    if (!value.is_string()) continue;
    result += fmt::format("{}{}={}", result.empty() ? "" : ",", printable(name),
                          printable(value.get<std::string>()));
  }
  return result.empty() ? "-" : result;
}

std::string loss_curve(const json& status, bool utf8) {
  std::vector<double> losses;
  for (const auto& loss : member(status, "loss_curve")) {
    if (loss.is_number()) losses.push_back(loss.get<double>());
  }
  return losses.size() < 2 ? "" : "  " + sparkline(losses, utf8);
}

std::string places(const json& status) {
  std::string result;
  for (const auto& executor : member(status, "executors")) {
    result +=
        fmt::format("  on {}: pid {:.0f}, workers [{}], shards [{}], backups [{}]\n",
                    text(executor, "node"), number(executor, "pid").value_or(0),
                    list(executor, "workers"), list(executor, "shards"), list(executor, "backups"));
  }
  for (const auto& worker : member(status, "workers")) {
    result += fmt::format("  worker {} on {}: {} samples/s, staleness {}\n",
                          count(number(worker, "worker")), text(worker, "node"),
                          count(number(worker, "samples_per_second")),
                          count(number(worker, "staleness")));
  }
  for (const auto& shard : member(status, "shards")) {
    const bool has_backup = shard.contains("backup") && shard["backup"].is_string();
    result += fmt::format("  shard {} on {}, incarnation {}, {}\n", count(number(shard, "shard")),
                          text(shard, "node"), count(number(shard, "incarnation")),
                          has_backup ? "backup on " + text(shard, "backup") : "no backup");
  }
  return result;
}

/// What went wrong, and what each cost.
std::string survived(const json& status) {
  std::string result;
  for (const auto& recovery : member(status, "recoveries")) {
    const auto time = text(recovery, "time");
    result +=
        fmt::format("  survived at {}: {}{}, {}, {} updates lost\n",
                    time.size() >= 19 ? time.substr(11, 8) : time, text(recovery, "action"),
                    recovery.contains("node") ? " for " + text(recovery, "node") : "",
                    duration(number(recovery, "seconds")), count(number(recovery, "updates_lost")));
  }
  return result;
}

}  // namespace

std::string render_status(const json& status, bool utf8) {
  std::string result = fmt::format("job {} \"{}\": {}\n", count(number(status, "id")),
                                   text(status, "name"), text(status, "state"));
  if (status.contains("reason")) result += "  reason: " + text(status, "reason") + "\n";
  if (!number(status, "epochs")) return result;
  result += fmt::format(
      "  epoch {} of {}, {} of {} samples, {} samples/s, {} left\n", count(number(status, "epoch")),
      count(number(status, "epochs")), count(number(status, "samples_done")),
      count(number(status, "samples_total")), count(number(status, "samples_per_second")),
      duration(number(status, "eta_seconds")));
  result += fmt::format("  loss {}, accuracy {}{}\n", decimal(number(status, "loss")),
                        percent(number(status, "accuracy"), 2), loss_curve(status, utf8));
  if (const json& test = member(status, "test"); !test.empty()) {
    result += fmt::format("  test loss {}, accuracy {}\n", decimal(number(test, "loss")),
                          percent(number(test, "accuracy"), 2));
  }
  const json& updates = member(status, "updates");
  result += fmt::format(
      "  restarts {}; updates {} applied, {} duplicates dropped, {} taken back, {} lost\n",
      count(number(status, "restarts")), count(number(updates, "applied")),
      count(number(updates, "duplicates_dropped")), count(number(updates, "taken_back")),
      count(number(updates, "lost")));
  if (const json& checkpoint = member(status, "checkpoint"); !checkpoint.empty()) {
    result += fmt::format("  checkpoint {}, {} old\n", count(number(checkpoint, "id")),
                          duration(number(checkpoint, "age_seconds")));
  }
  for (const auto& warning : member(status, "warnings")) {
    if (warning.is_string()) result += "  warning: " + printable(warning.get<std::string>()) + "\n";
  }
  return result + places(status) + survived(status);
}

std::string render_jobs(const json& jobs) {
  std::vector<Row> rows{{"JOB", "STATE", "PRIORITY", "SUBMITTED", "BY", "NAME"}};
  for (const auto& job : jobs) {
    const auto by = text(job, "submitter");
    rows.push_back({fmt::format("{:.0f}", number(job, "id").value_or(0)), text(job, "state"),
                    count(number(job, "priority")), text(job, "submitted"), by.empty() ? "-" : by,
                    text(job, "name")});
  }
  return table(rows);
}

std::string render_history(const json& jobs) {
  std::vector<Row> rows{
      {"JOB", "STATE", "SUBMITTED", "BY", "WAITED", "RAN", "RESTARTS", "NAME", "WHY"}};
  for (const auto& job : jobs) {
    std::string why =
        job.contains("reason") && job["reason"].is_string() ? text(job, "reason") : "";
    const json& cause = member(job, "first_cause");
    if (why.empty() && !cause.empty())
      why = fmt::format("{} lost on {}: {}", text(cause, "what"), text(cause, "node"),
                        text(cause, "reason"));
    const auto by = text(job, "submitter");
    rows.push_back({fmt::format("{:.0f}", number(job, "id").value_or(0)), text(job, "state"),
                    text(job, "submitted").substr(0, 19), by.empty() ? "-" : by,
                    duration(number(job, "queued_seconds")), duration(number(job, "seconds")),
                    count(number(job, "restarts")), text(job, "name"), why});
  }
  return table(rows);
}

std::string render_nodes(const json& nodes) {
  std::vector<Row> rows{
      {"NODE", "STATE", "ADDRESS", "CORES", "MEMORY", "ROLE", "COPY", "CERTIFICATE", "LABELS"}};
  for (const auto& node : nodes) {
    auto role = text(node, "role");
    // With two votes the loss of either would stop the cluster.
    if (role == "standby" && !node.value("votes", false)) role = "standby (no vote yet)";
    rows.push_back({text(node, "name"), text(node, "state"), text(node, "address"),
                    count(number(node, "cores")), memory_of(node), role, text(node, "copy"),
                    certificate_of(node), labels_of(node)});
  }
  return table(rows);
}

}  // namespace dk::submit
