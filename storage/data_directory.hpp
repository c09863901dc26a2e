// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/result.hpp"

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace dk::storage {

/// The directory in which a daemon keeps all that must outlive it. One process at a time: an open
/// directory is locked until the object, or the process, is gone. `identity.json` in it says whose
/// it is, so that neither a copied directory nor a wrong path mixes two clusters or two nodes. Not
/// thread-safe.
///
///     DIR/LOCK  identity.json  chunks/  state/  logs/
class DataDirectory {
 public:
  /// Creates what is missing and locks it. `node` is the name of this node, under which manifests
  /// refer to its chunks. kInUse: "data directory DIR is in use by process PID"; kInvalid: it
  /// belongs to another node, or a newer program wrote it; kCorrupt: its identity cannot be read;
  /// kIo.
  static Result<DataDirectory> open(const std::filesystem::path& path, std::string_view node);

  DataDirectory(DataDirectory&&) noexcept;
  DataDirectory& operator=(DataDirectory&&) noexcept;
  ~DataDirectory();

  /// 32 hexadecimal digits, or empty as long as it has joined none.
  [[nodiscard]] const std::string& cluster() const;
  /// Makes a new cluster's random id if there is none yet: the supervisor's first start.
  [[nodiscard]] Result<void> found_cluster();
  /// Joins the cluster `id`; durable when it returns. kInvalid if the directory belongs to another
  /// one, or if `id` is no cluster id.
  [[nodiscard]] Result<void> adopt_cluster(std::string_view id);

  [[nodiscard]] const std::string& node() const;
  [[nodiscard]] const std::filesystem::path& path() const;
  [[nodiscard]] std::filesystem::path chunks() const { return path() / "chunks"; }
  /// Damaged beyond opening: they get another name (in place of an earlier such one), which it
  /// answers with, and the directory is empty. Their copies are on other machines.
  [[nodiscard]] Result<std::filesystem::path> set_chunks_aside();
  [[nodiscard]] std::filesystem::path state() const { return path() / "state"; }
  [[nodiscard]] std::filesystem::path logs() const { return path() / "logs"; }

 private:
  struct State;
  explicit DataDirectory(std::unique_ptr<State> state);

  std::unique_ptr<State> state_;
};

}  // namespace dk::storage
