// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/result.hpp"

#include <gtest/gtest.h>

namespace dk {
namespace {

Result<int> half(int x) {
  if (x % 2 != 0) return fail(Errc::kInvalid, "{} is odd", x);
  return x / 2;
}

Result<int> quarter(int x) {
  DK_TRY_ASSIGN(const int y, half(x));
  DK_TRY(half(y));
  return y / 2;
}

TEST(Result, CarriesAValue) {
  EXPECT_EQ(*quarter(12), 3);
}

TEST(Result, TryReturnsTheFirstErrorWithItsMessage) {
  EXPECT_EQ(quarter(7).error(), (Error{Errc::kInvalid, "7 is odd"}));
  EXPECT_EQ(quarter(6).error(), (Error{Errc::kInvalid, "3 is odd"}));
}

TEST(Result, FailInPutsThePlaceInFront) {
  const Result<int> result = fail_in("job.yaml:3", Error{Errc::kInvalid, "bad"});
  EXPECT_EQ(result.error().message, "job.yaml:3: bad");
}

}  // namespace
}  // namespace dk
