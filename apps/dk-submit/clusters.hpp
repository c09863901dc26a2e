// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/result.hpp"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace dk::submit {

/// A cluster that a user has given a name.
struct Cluster {
  std::string name;
  std::vector<std::string> addresses;  ///< URLs of supervisor and standbys; at least one
  std::filesystem::path token_file{};  ///< absolute, as the two below, or empty
  std::filesystem::path ca_file{};
  std::filesystem::path certs{};
};

/// A user's clusters (clusters.yaml):
///
///     default: lab
///     clusters:
///       lab:
///         addresses: [https://n1.lan:7300, https://n2.lan:7300]
///         token_file: lab.token      # relative paths start at this file's directory
///         ca_file: lab-ca.pem
///       prod: {addresses: https://prod.lan:7300, certs: ann-certs}
struct Clusters {
  std::filesystem::path file;
  std::string default_name{};  ///< one of them, or empty
  std::vector<Cluster> all{};

  /// kNotFound, with a suggestion and all names.
  [[nodiscard]] Result<Cluster> find(std::string_view name) const;
};

/// Reads and checks the file: kInvalid with a line for every fault (file, line, column, value, what
/// is allowed), or when others than its owner may write it; kNotFound, kIo. The files that it names
/// are not opened.
[[nodiscard]] Result<Clusters> read_clusters(const std::filesystem::path& file);

/// What to write into such a file, for messages: two lines with `name` in them.
[[nodiscard]] std::string how_to_write_clusters(std::string_view name);

}  // namespace dk::submit
