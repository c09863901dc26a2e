// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace dk::model {

/// How many threads the calling thread's matrix products and oneDNN layers use from now on. A
/// machine's cores belong to its workers, so that nothing takes more by itself. With OpenBLAS built
/// for pthreads (and not for OpenMP) products are set for the whole process.
void use_threads(unsigned count);

}  // namespace dk::model
