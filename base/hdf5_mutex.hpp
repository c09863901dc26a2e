// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <mutex>

namespace dk {

/// The HDF5 library has one state for all threads of a process: whoever calls it holds this.
inline std::recursive_mutex& hdf5_mutex() {
  static std::recursive_mutex mutex;
  return mutex;
}

}  // namespace dk
