// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/random.hpp"
#include "tests/actors/descriptor/descriptor_fixture.hpp"

#include <gtest/gtest.h>

#include <cstdlib>

namespace dk::test {
namespace {

/// A descriptor is read or refused with a reason, whatever it is.
void expect_an_answer(const std::string& text) {
  const auto spec = read(text);
  if (spec) return;
  EXPECT_EQ(spec.error().code, Errc::kInvalid) << text;
  EXPECT_TRUE(spec.error().message.starts_with("job.yaml:")) << spec.error().message;
}

TEST(DescriptorFuzz, AnswersEveryPrefix) {
  for (std::size_t size = 0; size <= kFull.size(); ++size) {
    expect_an_answer(std::string(kFull.substr(0, size)));
  }
}

TEST(DescriptorFuzz, AnswersRandomMutations) {
  const char* chosen = std::getenv("DK_SEED");
  const std::uint64_t seed = chosen != nullptr ? std::strtoull(chosen, nullptr, 10) : 20;
  SCOPED_TRACE(fmt::format("DK_SEED={}", seed));
  constexpr std::string_view kTelling = "{}[]:,-?&*!|>'\"%@`#~\n\t <=\\0.e";
  Random random(seed);
  for (int round = 0; round < 3000; ++round) {
    std::string text(kFull);
    for (auto edits = 1 + random.below(6); edits > 0; --edits) {
      const auto at = random.below(text.size());
      const auto byte = random.below(4) == 0 ? static_cast<char>(random.below(256))
                                             : kTelling[random.below(kTelling.size())];
      switch (random.below(4)) {
        case 0:
          text[at] = byte;
          break;
        case 1:
          text.insert(at, 1, byte);
          break;
        case 2:
          text.erase(at, 1 + random.below(12));
          break;
        default:
          text.insert(at, text.substr(random.below(text.size()), random.below(40)));
      }
    }
    expect_an_answer(text);
  }
}

}  // namespace
}  // namespace dk::test
