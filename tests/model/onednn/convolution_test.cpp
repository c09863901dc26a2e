// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/onednn/convolution.hpp"

#include "base/random.hpp"
#include "model/layers/convolutional/window.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace dk::model::onednn {
namespace {

using Floats = std::vector<float>;
using Doubles = std::vector<double>;

std::size_t product(const Shape& shape) {
  std::size_t product = 1;
  for (const std::size_t axis : shape) product *= axis;
  return product;
}

/// The `i`-th cell of a space.
Shape cell(std::size_t i, const Shape& space) {
  Shape cell(space.size());
  for (std::size_t axis = space.size(); axis-- > 0; i /= space[axis]) cell[axis] = i % space[axis];
  return cell;
}

/// Where kernel cell `k` of output `o` looks into x; -1 outside.
std::int64_t looked_at(const ConvolutionShape& shape, const Shape& o, const Shape& k) {
  std::int64_t at = 0;
  for (std::size_t axis = 0; axis < o.size(); ++axis) {
    const auto position =
        static_cast<std::int64_t>(o[axis] * shape.strides[axis] + k[axis] * shape.dilations[axis]) -
        static_cast<std::int64_t>(shape.pads[axis]);
    const auto length = static_cast<std::int64_t>(shape.input[axis]);
    if (position < 0 || position >= length) return -1;
    at = at * length + position;
  }
  return at;
}

/// Calls `visit(x index, kernel index, y index)` for every product in the definition.
template <class Visit>
void each_product(const ConvolutionShape& shape, std::size_t n, Visit visit) {
  const std::size_t cells = product(shape.input);
  const std::size_t outputs = product(shape.output);
  const std::size_t in = shape.in_channels / shape.groups;
  const std::size_t out = shape.out_channels / shape.groups;
  const auto index = [&](std::size_t sample, std::size_t at, std::size_t space, std::size_t channel,
                         std::size_t channels) {
    return shape.channels_first ? (sample * channels + channel) * space + at
                                : (sample * space + at) * channels + channel;
  };
  for (std::size_t o = 0; o < n * outputs; ++o) {
    for (std::size_t k = 0; k < product(shape.kernel); ++k) {
      const auto at = looked_at(shape, cell(o % outputs, shape.output), cell(k, shape.kernel));
      if (at < 0) continue;
      for (std::size_t c = 0; c < shape.out_channels; ++c) {
        for (std::size_t i = 0; i < in; ++i) {
          visit(index(o / outputs, static_cast<std::size_t>(at), cells, c / out * in + i,
                      shape.in_channels),
                (k * in + i) * shape.out_channels + c,
                index(o / outputs, o % outputs, outputs, c, shape.out_channels));
        }
      }
    }
  }
}

ConvolutionShape random_shape(Random& random) {
  const auto from = [&](std::uint64_t least, std::uint64_t most) {
    return static_cast<std::size_t>(least + random.below(most - least + 1));
  };
  const std::size_t rank = from(1, 3);
  ConvolutionShape shape;
  shape.groups = from(0, 1) == 0 ? 1 : from(2, 9);
  // Multiples of 8 take other ways through oneDNN.
  shape.in_channels = shape.groups * (from(0, 2) == 0 ? 8 : from(1, 5));
  shape.out_channels = shape.groups * (from(0, 2) == 0 ? 8 : from(1, 5));
  shape.channels_first = from(0, 3) == 0;
  Window window{.sizes = {}, .strides = {}, .dilations = {}, .padding = Padding(from(0, 2))};
  for (std::size_t axis = 0; axis < rank; ++axis) {
    window.sizes.push_back(from(1, 3));
    window.strides.push_back(from(1, 3));
    window.dilations.push_back(from(1, 2));
    shape.input.push_back(from(window.span(axis), 6));
  }
  const auto fit = window.over(shape.input).value();
  shape.output = fit.output;
  shape.kernel = window.sizes;
  shape.strides = window.strides;
  shape.dilations = window.dilations;
  shape.pads = fit.pads;
  return shape;
}

Floats random_floats(std::size_t size, Random& random) {
  Floats values(size);
  for (float& value : values) value = random.normal();
  return values;
}

void expect_near(const Floats& actual, const Doubles& expected, const char* what) {
  constexpr double kTolerance = 1e-4;
  for (std::size_t i = 0; i < actual.size(); ++i) {
    ASSERT_NEAR(actual[i], expected[i], kTolerance * (1 + std::abs(expected[i]))) << what;
  }
}

TEST(Convolution, EqualsItsDefinitionInManyShapes) {
  constexpr std::size_t kBatch = 3;
  for (std::uint64_t seed = 0; seed < 150; ++seed) {
    Random random(seed);
    SCOPED_TRACE(seed);
    const ConvolutionShape shape = random_shape(random);
    auto made = Convolution::make(shape, kBatch, {true, true, true});
    ASSERT_TRUE(made) << made.error().message;
    const std::size_t n = 1 + random.below(kBatch);
    const auto x = random_floats(n * product(shape.input) * shape.in_channels, random);
    const auto dy = random_floats(n * product(shape.output) * shape.out_channels, random);
    const auto kernel = random_floats(
        product(shape.kernel) * shape.in_channels / shape.groups * shape.out_channels, random);
    Floats y(dy.size(), 9), dx(x.size(), 9), dkernel(kernel.size(), 9);
    made->output(x.data(), kernel.data(), nullptr, y.data(), n);
    made->input_gradient(dy.data(), kernel.data(), dx.data(), n);
    made->kernel_gradient(x.data(), dy.data(), dkernel.data(), n);
    Doubles expected_y(y.size()), expected_dx(x.size()), expected_dkernel(kernel.size());
    each_product(shape, n, [&](std::size_t in, std::size_t k, std::size_t out) {
      expected_y[out] += double{x[in]} * kernel[k];
      expected_dx[in] += double{dy[out]} * kernel[k];
      expected_dkernel[k] += double{dy[out]} * x[in];
    });
    expect_near(y, expected_y, "output");
    expect_near(dx, expected_dx, "input gradient");
    expect_near(dkernel, expected_dkernel, "kernel gradient");
  }
}

ConvolutionShape identity(std::size_t length) {
  return {.input = {length},
          .output = {length},
          .kernel = {1},
          .strides = {1},
          .dilations = {1},
          .pads = {0},
          .bias = true};
}

TEST(Convolution, TakesMoreBatchSizesThanItKeeps) {
  auto convolution = Convolution::make(identity(2), 64, {.output = true}).value();
  const float kernel = 2;
  const float bias = 1;
  for (int round = 0; round < 2; ++round) {
    for (std::size_t n = 0; n <= 64; ++n) {
      const Floats x(2 * n, static_cast<float>(n));
      Floats y(2 * n);
      convolution.output(x.data(), &kernel, &bias, y.data(), n);
      EXPECT_THAT(y, testing::Each(static_cast<float>(2 * n + 1)));
    }
  }
}

TEST(Convolution, AbsurdBatchIsRefused) {
  const auto convolution = Convolution::make(identity(1 << 20), 1 << 20, {.output = true});
  ASSERT_FALSE(convolution);
  EXPECT_THAT(convolution.error().message,
              testing::HasSubstr("a batch of 1048576 samples of (1048576, 1) has more than"));
}

}  // namespace
}  // namespace dk::model::onednn
