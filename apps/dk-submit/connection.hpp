// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/api/http_gateway.hpp"
#include "apps/dk-submit/command.hpp"
#include "base/result.hpp"

#include <filesystem>
#include <functional>
#include <string>

namespace dk::submit {

/// A variable's value; null when it is not set.
using Environment = std::function<const char*(const char*)>;
[[nodiscard]] const char* process_environment(const char* name);

/// Which supervisor is asked, and as whom; what HttpGateway::open takes.
struct Connection {
  std::string urls;
  HttpUser user{};
  std::string named_by{};  ///< for messages: which setting the addresses are from
};

/// The addresses are those of, in this order: `--supervisor`; `--cluster`, by its name in
/// clusters.yaml; DK_SUPERVISOR; the default of clusters.yaml; http://127.0.0.1:7300.
///
/// The user is that of `--token-file`, `--ca-file` and `--certs`; what they leave open says, for a
/// cluster of clusters.yaml, its entry there (the environment is not asked: its token is another
/// cluster's), else DK_TOKEN_FILE or DK_TOKEN, DK_CA_FILE and DK_CERTS. A token's file that is open
/// to others is refused.
[[nodiscard]] Result<Connection> choose_connection(const Globals& globals,
                                                   const Environment& environment);

/// `$XDG_CONFIG_HOME/dk/clusters.yaml`, else `~/.config/dk/clusters.yaml`; empty without a home.
[[nodiscard]] std::filesystem::path clusters_file(const Environment& environment);

}  // namespace dk::submit
