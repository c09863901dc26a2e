// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "apps/dk-submit/view.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <iosfwd>
#include <memory>
#include <optional>
#include <string>
#include <vector>

/// A job's events as a log: who said what, how grave it is; and, at the end, what became of what
/// went wrong. The fields of events are those of docs/http-api.md.
namespace dk::submit {

/// What the lines of a log are about; each part that is set has to fit.
struct LogFilter {
  std::string node{};
  std::string role{};  ///< one of log_roles()
  std::optional<std::uint64_t> worker{};
  bool progress = false;  ///< `progress` and `evaluating`, too
};

/// supervisor, executor, worker, parameter-server.
[[nodiscard]] const std::vector<std::string>& log_roles();

/// One event as `{"time","level","nodes","roles","workers","text","log"}`: level `info`, `warning`
/// or `error`; `log` has the lines of the process itself, if the event brings some.
[[nodiscard]] nlohmann::json log_entry(const nlohmann::json& event);
[[nodiscard]] bool fits(const LogFilter& filter, const nlohmann::json& event);
/// A line, and one more for each of the entry's `log`.
[[nodiscard]] std::string render_log_entry(const nlohmann::json& entry);

/// Gathers, event by event, why a job was disturbed and what was done about it.
class Disturbances {
 public:
  void add(const nlohmann::json& event);
  /// Two lines or so, "" when nothing failed: the first cause with time, node and evidence; how
  /// many failures in all, how often what was done, what it cost.
  [[nodiscard]] std::string summary() const;

 private:
  nlohmann::json first_;
  std::size_t failures_ = 0;
  std::vector<std::pair<std::string, std::size_t>> actions_;
  double seconds_ = 0;
  double updates_lost_ = 0;
};

/// Prints every event that fits as a log line, or, with `json`, as its entry; at a job's last event
/// the summary of disturbances. Notices go to `notices`.
std::unique_ptr<View> make_log_view(std::ostream& out, std::ostream& notices, LogFilter filter,
                                    bool json);

}  // namespace dk::submit
