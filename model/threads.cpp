// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/threads.hpp"

#include <cblas.h>
#include <omp.h>

namespace dk::model {

void use_threads(unsigned count) {
  constexpr int kOpenMp = 2;  // openblas_get_parallel
  const auto wanted = static_cast<int>(count);
  if (omp_get_max_threads() != wanted) omp_set_num_threads(wanted);
  static const bool kFollowsOpenMp = openblas_get_parallel() == kOpenMp;
  if (!kFollowsOpenMp && openblas_get_num_threads() != wanted) openblas_set_num_threads(wanted);
}

}  // namespace dk::model
