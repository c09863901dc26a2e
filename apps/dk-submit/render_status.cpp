// SPDX-License-Identifier: GPL-3.0-or-later
#include "apps/dk-submit/format.hpp"
#include "apps/dk-submit/render.hpp"

#include <fmt/format.h>

#include <algorithm>
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

}  // namespace

std::string render_status(const json& status) {
  std::string result = fmt::format("job {} \"{}\": {}\n", count(number(status, "id")),
                                   text(status, "name"), text(status, "state"));
  if (status.contains("reason")) result += "  reason: " + text(status, "reason") + "\n";
  if (!number(status, "epochs")) return result;
  result += fmt::format(
      "  epoch {} of {}, {} of {} samples, {} samples/s, {} left\n", count(number(status, "epoch")),
      count(number(status, "epochs")), count(number(status, "samples_done")),
      count(number(status, "samples_total")), count(number(status, "samples_per_second")),
      duration(number(status, "eta_seconds")));
  result += fmt::format("  loss {}, accuracy {}\n", decimal(number(status, "loss")),
                        percent(number(status, "accuracy"), 2));
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
  for (const auto& executor : member(status, "executors")) {
    result +=
        fmt::format("  on {}: pid {:.0f}, workers [{}], shards [{}], backups [{}]\n",
                    text(executor, "node"), number(executor, "pid").value_or(0),
                    list(executor, "workers"), list(executor, "shards"), list(executor, "backups"));
  }
  return result;
}

std::string render_jobs(const json& jobs) {
  std::vector<Row> rows{{"JOB", "STATE", "SUBMITTED", "NAME"}};
  for (const auto& job : jobs) {
    rows.push_back({fmt::format("{:.0f}", number(job, "id").value_or(0)), text(job, "state"),
                    text(job, "submitted"), text(job, "name")});
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
  std::vector<Row> rows{{"NODE", "STATE", "ADDRESS", "CORES", "ROLE", "COPY"}};
  for (const auto& node : nodes) {
    auto role = text(node, "role");
    // With two votes the loss of either would stop the cluster.
    if (role == "standby" && !node.value("votes", false)) role = "standby (no vote yet)";
    rows.push_back({text(node, "name"), text(node, "state"), text(node, "address"),
                    count(number(node, "cores")), role, text(node, "copy")});
  }
  return table(rows);
}

}  // namespace dk::submit
