// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/onednn/picked_cells.hpp"

#include <algorithm>

namespace dk::model::onednn {

bool PickedCells::needed(const ConvolutionShape& shape) {
  return std::ranges::max(shape.kernel) == 1 && std::ranges::max(shape.strides) > 1 &&
         std::ranges::max(shape.pads) == 0;
}

Result<PickedCells> PickedCells::make(const ConvolutionShape& shape, std::size_t max_batch) {
  PickedCells cells;
  cells.channels_first_ = shape.channels_first;
  cells.channels_ = shape.in_channels;
  for (const std::size_t axis : shape.input) cells.all_ *= axis;
  std::size_t count = 1;
  for (const std::size_t axis : shape.output) count *= axis;
  for (std::size_t cell = 0; cell < count; ++cell) {
    std::size_t at = 0;
    std::size_t pitch = 1;
    std::size_t rest = cell;
    for (std::size_t axis = shape.output.size(); axis-- > 0;) {
      at += rest % shape.output[axis] * shape.strides[axis] * pitch;
      rest /= shape.output[axis];
      pitch *= shape.input[axis];
    }
    cells.places_.push_back(at);
  }
  DK_TRY_ASSIGN(cells.picked_, FloatBuffer::make(max_batch * count * shape.in_channels));
  return cells;
}

template <class Copy>
void PickedCells::each(std::size_t n, const Copy& copy) const {
  const std::size_t runs = channels_first_ ? n * channels_ : n;
  const std::size_t size = channels_first_ ? 1 : channels_;
  for (std::size_t run = 0; run < runs; ++run) {
    for (std::size_t i = 0; i < places_.size(); ++i) {
      copy((run * all_ + places_[i]) * size, (run * places_.size() + i) * size, size);
    }
  }
}

const float* PickedCells::pick(const float* x, std::size_t n) {
  each(n, [&](std::size_t from, std::size_t to, std::size_t size) {
    std::copy_n(x + from, size, picked_.data() + to);
  });
  return picked_.data();
}

void PickedCells::spread(float* x, std::size_t n) {
  std::fill_n(x, n * all_ * channels_, 0.0F);
  each(n, [&](std::size_t to, std::size_t from, std::size_t size) {
    std::copy_n(picked_.data() + from, size, x + to);
  });
}

}  // namespace dk::model::onednn
