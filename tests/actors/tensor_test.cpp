// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/tensor.hpp"

#include <gtest/gtest.h>

#include <cstdint>

namespace dk::test {
namespace {

TEST(Tensor, FloatsStartOnACacheLine) {
  for (const std::size_t count : {1U, 3U, 1000U})
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(allocate_floats(count).get()) % 64, 0U);
}

TEST(Tensor, ComparesItsFloats) {
  auto one = allocate_floats(2);
  auto other = allocate_floats(2);
  for (auto* floats : {one.get(), other.get()}) floats[0] = floats[1] = 1;
  EXPECT_EQ(Tensor(one, 2), Tensor(other, 2));
  EXPECT_FALSE(Tensor(one, 2) == Tensor(other, 1));
  other.get()[1] = 2;
  EXPECT_FALSE(Tensor(one, 2) == Tensor(other, 2));
}

TEST(TensorPool, NeverHandsOutABufferThatIsStillHeld) {
  TensorPool pool(8);
  const auto held = pool.take();
  const auto* freed = pool.take().get();
  const auto next = pool.take();
  EXPECT_NE(next, held);
  EXPECT_EQ(next.get(), freed) << "a free buffer is used again";
}

}  // namespace
}  // namespace dk::test
