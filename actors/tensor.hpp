// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <caf/deserializer.hpp>
#include <caf/error.hpp>
#include <caf/serializer.hpp>

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

namespace dk {

/// A slice of float32 values inside a message. Inside a process it travels by reference; between
/// processes as raw bytes. Whoever sends one leaves the floats alone until the protocol says that
/// the receiver is done with them.
class Tensor {
 public:
  /// More than this is refused on its way in: no message of ours is larger, and a stranger's claim
  /// costs no memory.
  static constexpr std::size_t kMaxFloats = std::size_t{1} << 20;

  Tensor() = default;
  Tensor(std::shared_ptr<const float> data, std::size_t size)
      : data_(std::move(data)), size_(size) {}

  [[nodiscard]] std::span<const float> span() const { return {data_.get(), size_}; }
  [[nodiscard]] std::size_t size() const { return size_; }

  friend bool operator==(const Tensor& a, const Tensor& b);

 private:
  std::shared_ptr<const float> data_;
  std::size_t size_ = 0;
};

caf::error inspect(caf::serializer& sink, Tensor& tensor);
caf::error inspect(caf::deserializer& source, Tensor& tensor);
/// For everything else that looks into messages (logging): the size only.
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, Tensor& tensor) {
  auto size = tensor.size();
  return f(size);
}

/// Uninitialised floats on a 64-byte boundary.
[[nodiscard]] std::shared_ptr<float> allocate_floats(std::size_t count);

/// The same floats in memory that nobody else refers to.
[[nodiscard]] Tensor own_copy(const Tensor& tensor);

/// Buffers of one size for outgoing tensors, used again once every receiver has let go of them.
/// Belongs to one actor; a receiver may let go on any thread.
class TensorPool {
 public:
  explicit TensorPool(std::size_t floats) : floats_(floats) {}

  /// A buffer of `floats` that nobody else refers to.
  [[nodiscard]] std::shared_ptr<float> take();

 private:
  std::size_t floats_;
  std::vector<std::shared_ptr<float>> buffers_;
  std::size_t next_ = 0;
};

}  // namespace dk
