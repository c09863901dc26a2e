// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/tensor.hpp"

#include <caf/sec.hpp>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <new>

namespace dk {
namespace {

constexpr std::align_val_t kAlignment{64};

}  // namespace

bool operator==(const Tensor& a, const Tensor& b) {
  return std::ranges::equal(a.span(), b.span());
}

std::shared_ptr<float> allocate_floats(std::size_t count) {
  auto* floats = static_cast<float*>(::operator new(count * sizeof(float), kAlignment));
  return {floats, [](float* p) { ::operator delete(p, kAlignment); }};
}

caf::error inspect(caf::serializer& sink, Tensor& tensor) {
  auto size = static_cast<std::uint32_t>(tensor.size());
  if (auto error = sink(size)) return error;
  // CAF's serializers only read through this pointer; their interface is shared with the
  // deserializers.
  return sink.apply_raw(tensor.size() * sizeof(float), const_cast<float*>(tensor.span().data()));
}

caf::error inspect(caf::deserializer& source, Tensor& tensor) {
  std::uint32_t size = 0;
  if (auto error = source(size)) return error;
  if (size > Tensor::kMaxFloats) return caf::sec::invalid_argument;
  auto floats = allocate_floats(size);
  if (auto error = source.apply_raw(size * sizeof(float), floats.get())) return error;
  tensor = Tensor(std::move(floats), size);
  return caf::none;
}

Tensor own_copy(const Tensor& tensor) {
  if (tensor.size() == 0) return {};
  auto floats = allocate_floats(tensor.size());
  std::ranges::copy(tensor.span(), floats.get());
  return {std::move(floats), tensor.size()};
}

std::shared_ptr<float> TensorPool::take() {
  for (std::size_t i = 0; i < buffers_.size(); ++i) {
    auto& candidate = buffers_[next_++ % buffers_.size()];
    if (candidate.use_count() == 1) {
      // Pairs with the release of the last receiver's reference: its reads happen before our
      // writes.
      std::atomic_thread_fence(std::memory_order_acquire);
      return candidate;
    }
  }
  return buffers_.emplace_back(allocate_floats(floats_));
}

}  // namespace dk
