// SPDX-License-Identifier: GPL-3.0-or-later
#include "apps/dk-submit/open_local.hpp"

#include "actors/node.hpp"
#include "actors/runtime_config.hpp"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <thread>

namespace dk::submit {

Result<std::unique_ptr<Node>> open_local(const std::filesystem::path& data) {
  keep_large_buffers();
  // The events tell what happens; the log is for what should not.
  spdlog::set_default_logger(spdlog::stderr_color_mt("dk"));
  spdlog::set_level(spdlog::level::warn);
  return start_local_node(data, std::max(1U, std::thread::hardware_concurrency()));
}

}  // namespace dk::submit
