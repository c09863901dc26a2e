// SPDX-License-Identifier: GPL-3.0-or-later
#include "apps/dk-submit/render_checkpoints.hpp"

#include "apps/dk-submit/format.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

namespace dk::submit {
namespace {

using nlohmann::json;
using Row = std::array<std::string, 8>;

std::string table(const std::vector<Row>& rows) {
  Row::size_type column = 0;
  std::array<std::size_t, std::tuple_size_v<Row>> widths{};
  for (const auto& row : rows) {
    for (column = 0; column < row.size(); ++column)
      widths[column] = std::max(widths[column], row[column].size());
  }
  std::string lines;
  for (const auto& row : rows) {
    std::string line;
    for (column = 0; column < row.size(); ++column)
      line += fmt::format("{:<{}}  ", row[column], widths[column]);
    line.erase(line.find_last_not_of(' ') + 1);
    lines += line + "\n";
  }
  return lines;
}

/// `a, b`; a machine that lacks some has their number behind its name.
std::string machines(const json& entry) {
  const auto& nodes = member(entry, "nodes");
  const double all = number(entry, "chunks").value_or(0);
  std::string line;
  for (const auto& [name, chunks] : nodes.items()) {
    line += (line.empty() ? "" : ", ") + printable(name);
    const double has = chunks.is_number() ? chunks.get<double>() : 0;
    if (has < all) line += fmt::format(" ({:.0f} of {:.0f} chunks)", has, all);
  }
  return line.empty() ? "-" : line;
}

std::string use(const json& entry) {
  if (entry.value("result", json(false)) == json(true)) return "the job's result";
  return entry.value("restart", json(false)) == json(true) ? "a restart takes it" : "";
}

}  // namespace

std::string render_checkpoints(const json& list) {
  if (!list.is_array() || list.empty()) return "no checkpoints\n";
  std::vector<Row> rows{{"CHECKPOINT", "AGE", "UPDATES", "EPOCH", "LOSS", "SIZE", "ON", ""}};
  std::string damaged;
  for (const auto& entry : list) {
    if (!entry.is_object()) continue;
    if (entry.contains("damaged")) {
      damaged += "damaged: " + text(entry, "damaged") + "\n";
      continue;
    }
    rows.push_back({count(number(entry, "checkpoint")), duration(number(entry, "age_seconds")),
                    count(number(entry, "updates")), count(number(entry, "epoch")),
                    decimal(number(entry, "loss")), size_of_bytes(number(entry, "bytes")),
                    machines(entry), use(entry)});
  }
  return table(rows) + damaged;
}

std::string render_verified(const json& result) {
  const auto& faults = result.value("faults", json::array());
  const auto& lost = result.value("lost", json::array());
  const std::string head = fmt::format(
      "checkpoint {}: {}, {} read", count(number(result, "checkpoint")),
      plural(number(result, "chunks"), "chunk"), size_of_bytes(number(result, "bytes")));
  if (faults.empty()) return head + ", all copies are good\n";
  std::string lines = head + fmt::format("; copies that are bad or missing: {}; ", faults.size());
  lines += lost.empty() ? "each chunk has a good one\n"
                        : fmt::format("LOST, without any good copy: {}\n",
                                      plural(static_cast<double>(lost.size()), "chunk"));
  for (const auto& fault : faults) {
    const auto offset = number(fault, "chunk");
    const bool gone = std::ranges::any_of(lost, [&](const json& chunk) {
      return offset && chunk.is_number() && chunk.get<double>() == *offset;
    });
    lines +=
        fmt::format("  chunk {:.0f} on node {}: {}{}\n", offset.value_or(0), text(fault, "node"),
                    text(fault, "reason"), gone ? " (no good copy is left)" : "");
  }
  return lines;
}

std::string render_pruned(const json& answer) {
  const auto& pruned = answer.value("pruned", json::array());
  if (pruned.empty()) return "nothing to prune\n";
  return fmt::format("pruned: {}\n", list(answer, "pruned"));
}

}  // namespace dk::submit
