// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/result.hpp"

#include <dnnl.hpp>

namespace dk::model::onednn {

/// The CPU; for all threads.
[[nodiscard]] const dnnl::engine& engine();

/// What `make` returns; oneDNN's exceptions end here.
template <class Make>
auto guarded(Make make) -> Result<decltype(make())> {
  try {
    return make();
  } catch (const dnnl::error& error) {
    return fail(Errc::kInvalid, "oneDNN: {}", error.what());
  } catch (const std::bad_alloc&) {
    return fail(Errc::kInvalid, "oneDNN: out of memory");
  }
}

}  // namespace dk::model::onednn
