// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/descriptor/faults.hpp"

#include <gtest/gtest.h>

namespace dk::descriptor {
namespace {

TEST(Faults, AreTextInTheOrderOfTheirPlaces) {
  const auto file = std::make_shared<const std::string>("f");
  Faults faults;
  EXPECT_TRUE(faults.empty());
  faults.add({file, 2, 1}, "c");
  faults.add({file, 1, 9}, "b");
  faults.add({file, 0, 0}, "a");
  EXPECT_FALSE(faults.empty());
  EXPECT_EQ(faults.to_error(), (Error{Errc::kInvalid, "f: a\nf:1:9: b\nf:2:1: c"}));
}

TEST(Faults, AreCountedBeyondWhatIsKept) {
  const auto file = std::make_shared<const std::string>("f");
  Faults faults;
  for (int i = 0; i < 5000; ++i) faults.add({file, 1, 1}, "x");
  EXPECT_TRUE(faults.to_error().message.ends_with("\n... and 4950 more faults"));
}

TEST(Quoted, KeepsOneShortLine) {
  EXPECT_EQ(in_single_quotes("a b"), "'a b'");
  EXPECT_EQ(in_single_quotes("a\nb\x7f"), "'a\\x0ab\\x7f'");
  EXPECT_EQ(in_single_quotes(std::string(60, 'x')), "'" + std::string(60, 'x') + "'");
  EXPECT_EQ(in_single_quotes(std::string(61, 'x')), "'" + std::string(60, 'x') + "...'");
}

TEST(Quoted, DoesNotCutACharacterInTwo) {
  EXPECT_EQ(in_single_quotes(std::string(59, 'x') + "\u00e4\u00e4"),
            "'" + std::string(59, 'x') + "...'");
}

TEST(Suggestion, FindsTheNearestName) {
  EXPECT_EQ(suggestion("epoch", {"batch_size", "epochs"}), "did you mean 'epochs'? ");
  EXPECT_EQ(suggestion("Batch-Size", {"batch_size", "epochs"}), "did you mean 'batch_size'? ");
  EXPECT_EQ(suggestion("btachsize", {"batch_size", "epochs"}), "did you mean 'batch_size'? ");
}

TEST(Suggestion, SaysNothingWhenNoNameIsNear) {
  EXPECT_EQ(suggestion("colour", {"batch_size", "epochs"}), "");
  EXPECT_EQ(suggestion(std::string(1000, 'e'), {"epochs"}), "");
  EXPECT_EQ(suggestion("x", {}), "");
}

}  // namespace
}  // namespace dk::descriptor
