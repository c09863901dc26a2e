// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/layers/convolutional/window.hpp"

#include <limits>

namespace dk::model {

Padding read_padding(ConfigReader& config, bool causal_allowed) {
  const std::string name = causal_allowed
                               ? config.choice("padding", "valid", {"valid", "same", "causal"})
                               : config.choice("padding", "valid", {"valid", "same"});
  return name == "valid" ? Padding::kValid : name == "same" ? Padding::kSame : Padding::kCausal;
}

std::string_view name_of(Padding padding) {
  return padding == Padding::kValid ? "valid" : padding == Padding::kSame ? "same" : "causal";
}

Result<Extent> Extent::of(const Shape& sample, std::size_t rank, bool channels_first) {
  if (sample.size() != rank + 1) {
    return fail(Errc::kInvalid, "needs an input of {} axes, {} of them for the channels, not {}",
                rank + 1, channels_first ? "the first" : "the last", to_string(sample));
  }
  DK_TRY(element_count(sample));
  if (channels_first) return Extent{{sample.begin() + 1, sample.end()}, sample.front()};
  return Extent{{sample.begin(), sample.end() - 1}, sample.back()};
}

Shape Extent::shape(bool channels_first) const {
  Shape shape = space;
  shape.insert(channels_first ? shape.begin() : shape.end(), channels);
  return shape;
}

std::size_t Extent::cells() const {
  std::size_t cells = 1;
  for (const std::size_t axis : space) cells *= axis;
  return cells;
}

Result<Window::Fit> Window::over(const Shape& space) const {
  Fit fit;
  for (std::size_t axis = 0; axis < space.size(); ++axis) {
    const std::size_t length = space[axis];
    const std::size_t stride = strides[axis];
    if (span(axis) > std::numeric_limits<std::int32_t>::max()) {
      return fail(Errc::kInvalid, "a window of {} cells, {} apart, is too long", sizes[axis],
                  dilations[axis]);
    }
    if (padding == Padding::kValid && length < span(axis)) {
      return fail(Errc::kInvalid,
                  "a window over {} cells does not fit into the input's {} (axis {} of {}); "
                  "padding \"same\" would",
                  span(axis), length, axis, to_string(space));
    }
    const std::size_t count =
        padding == Padding::kValid ? (length - span(axis)) / stride + 1 : (length - 1) / stride + 1;
    const std::size_t seen = (count - 1) * stride + span(axis);
    const std::size_t missing = seen > length ? seen - length : 0;
    fit.output.push_back(count);
    fit.pads.push_back(padding == Padding::kSame     ? missing / 2
                       : padding == Padding::kCausal ? span(axis) - 1
                                                     : 0);
  }
  return fit;
}

}  // namespace dk::model
