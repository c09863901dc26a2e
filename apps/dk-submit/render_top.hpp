// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <nlohmann/json.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace dk::submit {

/// What `top` shows of a cluster at one moment; the fields are those of docs/http-api.md.
struct ClusterView {
  nlohmann::json nodes = nlohmann::json::array();
  nlohmann::json jobs = nlohmann::json::array();   ///< as `list` has them
  std::map<std::uint64_t, nlohmann::json> status;  ///< of those that have not ended
  std::map<std::uint64_t, std::vector<double>> losses;
  std::string trouble{};  ///< why it is not of now; empty else
};

struct TopSize {
  std::size_t width = 80;
  std::size_t height = 24;  ///< 0: as many lines as it takes
  bool utf8 = true;
};

/// `{"nodes":[...],"jobs":[...]}`, each running job with its `status` and `losses`.
[[nodiscard]] nlohmann::json to_json(const ClusterView& view);

/// Lines of at most `width` characters, at most `height` of them: a headline, the machines, the
/// jobs, those that run first with progress, rate, loss and its curve. What does not fit is
/// counted.
[[nodiscard]] std::vector<std::string> render_top(const ClusterView& view, const TopSize& size);

}  // namespace dk::submit
