// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/hdf5_mutex.hpp"

#include <hdf5.h>

#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace dk::storage::hdf5 {

/// The library has one state for all threads, and prints its errors unless it is told not to. Held
/// for every call into it.
class Lock {
 public:
  Lock() : lock_(hdf5_mutex(), std::defer_lock) {
    if (!alone_) lock_.lock();
    H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  }
  /// In a copy of the process that was made under the lock: no other thread is there, and the lock
  /// belongs to the thread that was copied.
  static void never_again() { alone_ = true; }

 private:
  static inline bool alone_ = false;
  std::unique_lock<std::recursive_mutex> lock_;
};

/// Owns an identifier of the library, closed by `Close`.
template <herr_t (*Close)(hid_t)>
class Handle {
 public:
  explicit Handle(hid_t id = H5I_INVALID_HID) : id_(id) {}
  Handle(Handle&& other) noexcept : id_(std::exchange(other.id_, H5I_INVALID_HID)) {}
  Handle& operator=(Handle&& other) noexcept {
    std::swap(id_, other.id_);
    return *this;
  }
  ~Handle() {
    if (id_ >= 0) Close(id_);
  }
  [[nodiscard]] bool ok() const { return id_ >= 0; }
  [[nodiscard]] hid_t get() const { return id_; }

 private:
  hid_t id_;
};

using File = Handle<H5Fclose>;
using Dataset = Handle<H5Dclose>;
using Space = Handle<H5Sclose>;
using Type = Handle<H5Tclose>;

/// The paths of the first `most` datasets, in the order of their names.
[[nodiscard]] std::vector<std::string> dataset_names(const File& file, std::size_t most);
[[nodiscard]] bool is_dataset(const File& file, const std::string& path);
/// What the library says about the call that failed last.
[[nodiscard]] std::string last_error();

}  // namespace dk::storage::hdf5
