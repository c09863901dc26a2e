// SPDX-License-Identifier: GPL-3.0-or-later
#include "apps/dk-submit/open_local.hpp"

#include "actors/node.hpp"
#include "actors/runtime_config.hpp"

#include <algorithm>
#include <thread>

namespace dk::submit {

Result<std::unique_ptr<Node>> open_local(const std::filesystem::path& data) {
  keep_large_buffers();
  return start_local_node(data, std::max(1U, std::thread::hardware_concurrency()));
}

}  // namespace dk::submit
