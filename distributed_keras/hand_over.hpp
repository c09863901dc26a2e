// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/result.hpp"
#include "model/model.hpp"
#include "model/training/data.hpp"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <string>

namespace dk {
inline namespace trainers {

/// A directory that goes away with it; daemons of another user may read it.
class HandOver {
 public:
  /// kIo.
  static Result<HandOver> make(const std::filesystem::path& parent);
  HandOver(HandOver&& other) noexcept;
  HandOver& operator=(HandOver&&) = delete;
  ~HandOver();
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  HandOver() = default;
  std::filesystem::path path_;
};

/// Writes `NAME-x.npy` and `NAME-y.npy`. kInvalid when the arrays do not fit the model, or have
/// weights.
Result<void> write_arrays(const model::Model& model, const model::Data& arrays,
                          const std::filesystem::path& directory, const std::string& name);
/// A descriptor's data set of these two files.
[[nodiscard]] nlohmann::json array_set(const std::filesystem::path& directory,
                                       const std::string& name);

}  // namespace trainers
}  // namespace dk
