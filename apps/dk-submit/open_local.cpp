// SPDX-License-Identifier: GPL-3.0-or-later
#include "apps/dk-submit/open_local.hpp"

namespace dk::submit {

Result<std::unique_ptr<Gateway>> open_local(const std::filesystem::path& data) {
  return fail(Errc::kInvalid,
              "run --local (data in {}) is not in this build; use --local-cluster 1 instead",
              data.string());
}

}  // namespace dk::submit
