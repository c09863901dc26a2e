// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/result.hpp"
#include "storage/data/schema.hpp"

#include <nlohmann/json_fwd.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace dk::storage {

enum class Side { kFeatures, kLabels };

/// Says where a row of those being observed stands, for messages: "train.csv:17".
using RowName = std::function<std::string(std::size_t row)>;

/// One step between a reader and a batch. It sees one side of the rows, all floats of it, changes
/// the fields it was told to and passes the others on. To add one: a file like `min_max.cpp`, a
/// line in `registry.cpp`.
///
/// What depends on the data is fitted in passes over the training rows: `begin_pass`, `observe`
/// for every row in order, `end_pass`, again until `fitted`. The memory does not grow with the
/// rows. Only an elementwise transform is fitted. Not safe to fit from two threads; afterwards
/// immutable.
class Transform {
 public:
  virtual ~Transform() = default;

  [[nodiscard]] virtual Side side() const = 0;
  /// The fields of its side behind it.
  [[nodiscard]] virtual const std::vector<Field>& fields() const = 0;
  /// The floats of its side, in front of it, whose values it must know to be fitted.
  [[nodiscard]] virtual std::span<const std::size_t> inputs() const = 0;
  /// {"min_max": {...}}, with what was fitted.
  [[nodiscard]] virtual nlohmann::json config() const = 0;

  /// Whether each float stays in its place and depends on itself alone.
  [[nodiscard]] virtual bool elementwise() const { return false; }

  [[nodiscard]] virtual bool fitted() const { return true; }
  virtual void begin_pass() {}
  /// kInvalid: which row, which value.
  virtual Result<void> observe(std::size_t /*rows*/, std::span<const float> /*in*/,
                               const RowName& /*name*/) {
    return {};
  }
  virtual Result<void> end_pass() { return {}; }

  /// True when x' = scale * x + shift for every float of the side; writes both. Such neighbours
  /// become one step.
  [[nodiscard]] virtual bool affine(std::span<double> /*scale*/,
                                    std::span<double> /*shift*/) const {
    return false;
  }

  /// `in` and `out` hold `rows` rows and do not overlap. Allocates nothing. kInvalid: which row of
  /// these, which value.
  virtual Result<void> apply(std::size_t rows, std::span<const float> in,
                             std::span<float> out) const = 0;
};

/// The names that a descriptor may use, in alphabetical order.
[[nodiscard]] const std::vector<std::string>& known_transforms();

/// kInvalid when the name is unknown, an argument is missing, wrong or unknown, or the fields do
/// not suit.
[[nodiscard]] Result<std::unique_ptr<Transform>> make_transform(std::string_view name,
                                                                const nlohmann::json& arguments,
                                                                const Schema& schema);

}  // namespace dk::storage
