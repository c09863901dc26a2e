// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/layers/convolutional/window.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dk::model {
namespace {

using testing::HasSubstr;

Window window(std::size_t size, std::size_t stride, Padding padding, std::size_t dilation = 1) {
  return {{size}, {stride}, {dilation}, padding};
}

TEST(Window, ValidStopsWhereItNoLongerFits) {
  // 0..2, 2..4, 4..6 of 8 cells.
  const auto fit = window(3, 2, Padding::kValid).over({8}).value();
  EXPECT_EQ(fit.output, Shape{3});
  EXPECT_EQ(fit.pads, Shape{0});
}

TEST(Window, SamePutsTheOddCellAtTheEnd) {
  // 5 windows of 4 cells see 8 of 5: 1 in front, 2 behind.
  const auto fit = window(4, 1, Padding::kSame).over({5}).value();
  EXPECT_EQ(fit.output, Shape{5});
  EXPECT_EQ(fit.pads, Shape{1});
}

TEST(Window, SameWithStridesPadsOnlyWhatIsSeen) {
  // Windows at 0, 2, 4 see 7 of 6 cells: none in front.
  const auto fit = window(3, 2, Padding::kSame).over({6}).value();
  EXPECT_EQ(fit.output, Shape{3});
  EXPECT_EQ(fit.pads, Shape{0});
}

TEST(Window, SmallerThanItsStrideNeedsNoPadding) {
  const auto fit = window(1, 3, Padding::kSame).over({5}).value();
  EXPECT_EQ(fit.output, Shape{2});
  EXPECT_EQ(fit.pads, Shape{0});
}

TEST(Window, CausalPadsTheWholeSpanInFront) {
  const auto fit = window(3, 1, Padding::kCausal, 2).over({5}).value();
  EXPECT_EQ(fit.output, Shape{5});
  EXPECT_EQ(fit.pads, Shape{4});
}

TEST(Window, WiderThanTheInputIsRefused) {
  const auto fit = window(3, 1, Padding::kValid, 2).over({4});
  ASSERT_FALSE(fit);
  EXPECT_THAT(fit.error().message, HasSubstr("5 cells does not fit into the input's 4"));
}

TEST(Window, AbsurdSpanIsRefused) {
  const auto fit = window(kMaxElements, 1, Padding::kSame, kMaxElements).over({4});
  ASSERT_FALSE(fit);
  EXPECT_THAT(fit.error().message, HasSubstr("too long"));
}

TEST(Extent, FindsTheChannelsOnEitherSide) {
  EXPECT_EQ(Extent::of({4, 5, 3}, 2, false)->channels, 3);
  EXPECT_EQ(Extent::of({3, 4, 5}, 2, true)->channels, 3);
  EXPECT_EQ(Extent::of({3, 4, 5}, 2, true)->space, (Shape{4, 5}));
  EXPECT_EQ((Extent{{4, 5}, 3}.shape(true)), (Shape{3, 4, 5}));
  EXPECT_EQ((Extent{{4, 5}, 3}.shape(false)), (Shape{4, 5, 3}));
}

TEST(Extent, RefusesAnotherNumberOfAxes) {
  EXPECT_THAT(
      Extent::of({28, 28}, 2, false).error().message,
      HasSubstr("needs an input of 3 axes, the last of them for the channels, not (28, 28)"));
}

}  // namespace
}  // namespace dk::model
