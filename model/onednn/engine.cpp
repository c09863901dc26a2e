// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/onednn/engine.hpp"

namespace dk::model::onednn {

const dnnl::engine& engine() {
  static const dnnl::engine cpu(dnnl::engine::kind::cpu, 0);
  return cpu;
}

}  // namespace dk::model::onednn
