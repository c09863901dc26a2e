// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage/data/transforms/steps.hpp"

#include "base/multiversion.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace dk::storage {
namespace {

std::size_t size_of(const std::vector<Field>& fields) {
  std::size_t size = 0;
  for (const auto& field : fields) size += field.size();
  return size;
}

/// Not zero when one of them is NaN or infinite: an exponent of all ones.
DK_MULTIVERSION std::uint32_t not_finite(const float* values, std::size_t count) {
  constexpr std::uint32_t kExponent = 0x7f800000U;
  std::uint32_t found = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const auto bits = std::bit_cast<std::uint32_t>(values[i]);
    found |= (bits & kExponent) == kExponent ? 1U : 0U;
  }
  return found;
}

std::string name_of(const std::vector<Field>& fields, std::size_t at) {
  for (const auto& field : fields) {
    if (at < field.size() && !field.columns.empty()) return fmt::format("'{}'", field.columns[at]);
    if (at < field.size()) {
      return field.size() == 1 ? fmt::format("'{}'", field.name)
                               : fmt::format("'{}'[{}]", field.name, at);
    }
    at -= field.size();
  }
  return "?";
}

}  // namespace

SideSteps::SideSteps(const std::vector<std::unique_ptr<Transform>>& transforms, Side side,
                     std::size_t width) {
  for (const auto& transform : transforms) {
    if (transform->side() != side) continue;
    add(*transform, width);
    width = steps_.back().width;
  }
  for (std::size_t i = 0; i + 1 < steps_.size(); ++i) {
    between_ = std::max(between_, steps_[i].width);
  }
}

void SideSteps::add(const Transform& transform, std::size_t width_in) {
  auto affine = Affine::identity(width_in);
  if (!transform.affine(affine.scale, affine.shift)) {
    steps_.push_back({&transform, {}, {}, size_of(transform.fields())});
    return;
  }
  if (steps_.empty() || steps_.back().transform != nullptr) {
    steps_.push_back({nullptr, std::move(affine), {}, width_in});
  } else {
    steps_.back().affine.then(affine);
  }
  steps_.back().uniform = steps_.back().affine.uniform();
}

std::optional<std::pair<float, float>> SideSteps::uniform() const {
  if (steps_.empty()) return std::pair{1.0F, 0.0F};
  return steps_.size() == 1 ? steps_.front().uniform : std::nullopt;
}

Result<void> SideSteps::apply(std::size_t rows, std::span<const float> in, std::span<float> out,
                              std::span<float> buffer, std::span<float> other) const {
  if (steps_.empty()) std::copy(in.begin(), in.end(), out.begin());
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    const auto& step = steps_[i];
    const auto to = i + 1 == steps_.size() ? out : buffer.first(rows * step.width);
    if (step.transform != nullptr) {
      DK_TRY(step.transform->apply(rows, in, to));
    } else if (step.uniform) {
      apply_affine(step.uniform->first, step.uniform->second, in, to);
    } else {
      apply_affine(step.affine, in, to);
    }
    in = to;
    std::swap(buffer, other);
  }
  return {};
}

Result<void> check_finite(std::size_t rows, std::span<const float> values,
                          const std::vector<Field>& fields) {
  if (not_finite(values.data(), values.size()) == 0) return {};
  const std::size_t width = values.size() / rows;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (std::isfinite(values[i])) continue;
    return fail(Errc::kInvalid, "row {}: {} is {}; allowed: finite numbers{}", i / width,
                name_of(fields, i % width), values[i],
                std::isnan(values[i]) ? " (impute fills in missing ones)" : "");
  }
  return {};
}

}  // namespace dk::storage
