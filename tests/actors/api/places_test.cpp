// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/api/places.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace dk::api {
namespace {

TEST(Places, AreGivenToNobodyWhoHasEnough) {
  Places places({.all = 10, .of_an_address = 2});
  auto first = places.take("10.0.0.1");
  const auto second = places.take("10.0.0.1");
  EXPECT_TRUE(first && second);
  EXPECT_FALSE(places.take("10.0.0.1"));
  EXPECT_TRUE(places.take("10.0.0.2")) << "others have theirs";
  first.reset();
  EXPECT_TRUE(places.take("10.0.0.1")) << "what was given back is there for him again";
}

TEST(Places, AreNoMoreThanThereAre) {
  Places places({.all = 3, .of_an_address = 2});
  std::vector<Places::Place> taken{places.take("a"), places.take("b"), places.take("")};
  for (const auto& place : taken) EXPECT_TRUE(place);
  EXPECT_FALSE(places.take("c"));
  EXPECT_FALSE(places.take(""));
  taken.clear();
  EXPECT_TRUE(places.take("c"));
}

TEST(Places, WithoutAnAddressCountForTheSumOnly) {
  Places places({.all = 4, .of_an_address = 1});
  const std::vector<Places::Place> taken{places.take(""), places.take(""), places.take("")};
  for (const auto& place : taken) EXPECT_TRUE(place);
}

}  // namespace
}  // namespace dk::api
