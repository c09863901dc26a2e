// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/algorithms/vector_program.hpp"

#include "actors/algorithms/kernel_support.hpp"
#include "base/multiversion.hpp"

#include <algorithm>

namespace dk {
namespace {

constexpr std::size_t kLanes = 8;

DK_MULTIVERSION void combine(std::span<float> out, std::span<const std::span<float>> vectors,
                             std::span<const VectorProgram::Term> terms) {
  float sum[kernels::kStretch];
  for (std::size_t first = 0; first < out.size(); first += kernels::kStretch) {
    const std::size_t count = std::min(kernels::kStretch, out.size() - first);
    for (std::size_t i = 0; i < count; ++i) sum[i] = 0;
    for (const auto& term : terms) {
      const float* __restrict from = vectors[term.vector].data() + first;
      const auto factor = static_cast<float>(term.factor);
      for (std::size_t i = 0; i < count; ++i) sum[i] += factor * from[i];
    }
    std::copy_n(sum, count, out.data() + first);
  }
}

DK_MULTIVERSION double dot(std::span<const float> left, std::span<const float> right) {
  const std::size_t size = kernels::common_size(left, right);
  const float* a = left.data();
  const float* b = right.data();
  double lanes[kLanes] = {};
  std::size_t i = 0;
  for (; i + kLanes <= size; i += kLanes) {
    for (std::size_t lane = 0; lane < kLanes; ++lane)
      lanes[lane] += static_cast<double>(a[i + lane]) * static_cast<double>(b[i + lane]);
  }
  double sum = 0;
  for (; i < size; ++i) sum += static_cast<double>(a[i]) * static_cast<double>(b[i]);
  for (const double lane : lanes) sum += lane;
  return sum;
}

}  // namespace

Result<void> check(const VectorProgram& program, std::size_t vectors) {
  std::uint32_t highest = 0;
  for (const auto& combination : program.combinations) {
    highest = std::max(highest, combination.target);
    for (const auto& term : combination.terms) highest = std::max(highest, term.vector);
  }
  for (const auto& product : program.dots) {
    highest = std::max({highest, product.left, product.right});
  }
  if (highest < vectors) return {};
  return fail(Errc::kInvalid, "program {} names vector {} of {}", program.number, highest, vectors);
}

void run(const VectorProgram& program, std::span<const std::span<float>> vectors,
         std::span<double> sums) {
  for (const auto& combination : program.combinations) {
    combine(vectors[combination.target], vectors, combination.terms);
  }
  for (std::size_t i = 0; i < program.dots.size(); ++i) {
    sums[i] += dot(vectors[program.dots[i].left], vectors[program.dots[i].right]);
  }
}

}  // namespace dk
