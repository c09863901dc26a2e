// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage/data/augment.hpp"

#include "tests/storage/data/transforms/rows.hpp"

#include <numeric>
#include <set>

namespace dk::storage {
namespace {

constexpr std::uint64_t kSeed = 5;

Augment augment(const std::string& arguments, std::vector<std::size_t> shape) {
  auto augment = Augment::make(json::parse(arguments), Schema{{{"image", std::move(shape)}}, {}});
  if (!augment) ADD_FAILURE() << augment.error().message;
  return std::move(*augment);
}

std::vector<float> changed(const Augment& augment, std::vector<float> image, std::uint32_t row,
                           std::uint64_t epoch = 0) {
  Augment::Scratch scratch;
  augment.apply(kSeed, epoch, row, image, scratch);
  return image;
}

/// All images that the rows 0 to 199 make of this one.
std::set<std::vector<float>> all_of(const Augment& augment, const std::vector<float>& image) {
  std::set<std::vector<float>> all;
  for (std::uint32_t row = 0; row < 200; ++row) all.insert(changed(augment, image, row));
  return all;
}

std::vector<float> numbered(std::size_t count) {
  std::vector<float> image(count);
  std::iota(image.begin(), image.end(), 1.0F);
  return image;
}

TEST(Augment, FlipsHalfOfTheImages) {
  const auto flip = augment(R"({"horizontal_flip": true})", {2, 2});
  EXPECT_EQ(all_of(flip, {1, 2, 3, 4}), (std::set<std::vector<float>>{{1, 2, 3, 4}, {2, 1, 4, 3}}));
  int flipped = 0;
  for (std::uint32_t row = 0; row < 1000; ++row)
    flipped += changed(flip, {1, 2, 3, 4}, row)[0] == 2;
  EXPECT_NEAR(flipped, 500, 80);  // five deviations of sqrt(1000) / 2
}

TEST(Augment, FlipsWithTheProbabilityGiven) {
  EXPECT_THAT(all_of(augment(R"({"vertical_flip": 1})", {2, 1, 2}), {1, 2, 3, 4}),
              ElementsAre(std::vector<float>{3, 4, 1, 2}));
  EXPECT_THAT(all_of(augment(R"({"vertical_flip": 0})", {2, 2}), {1, 2, 3, 4}), SizeIs(1));
}

TEST(Augment, CropsEveryWindowOfThePaddedImage) {
  const auto all = all_of(augment(R"({"crop_padding": 1})", {2, 2}), {1, 2, 3, 4});
  EXPECT_THAT(all, SizeIs(9));
  EXPECT_TRUE(all.contains({0, 0, 0, 1}));
  EXPECT_TRUE(all.contains({4, 0, 0, 0}));
  EXPECT_TRUE(all.contains({2, 0, 4, 0}));
}

TEST(Augment, IsAFunctionOfSeedEpochAndRow) {
  const auto all = augment(R"({"horizontal_flip": true, "rotation": 20, "width_shift": 0.2,
                               "height_shift": 0.2, "crop_padding": 2})",
                           {8, 8});
  const auto image = numbered(64);
  EXPECT_EQ(changed(all, image, 3, 1), changed(all, image, 3, 1));
  EXPECT_NE(changed(all, image, 3, 1), changed(all, image, 4, 1));
  EXPECT_NE(changed(all, image, 3, 1), changed(all, image, 3, 2));
}

TEST(Augment, OneArgumentDoesNotChangeTheDrawsOfAnother) {
  const auto flip = augment(R"({"horizontal_flip": true})", {2, 2});
  const auto both = augment(R"({"horizontal_flip": true, "vertical_flip": 1})", {2, 2});
  for (std::uint32_t row = 0; row < 20; ++row) {
    const auto once = changed(flip, {1, 2, 3, 4}, row);
    EXPECT_EQ(changed(both, {1, 2, 3, 4}, row),
              (std::vector<float>{once[2], once[3], once[0], once[1]}));
  }
}

TEST(Augment, ShiftsByFractionsOfTheSide) {
  // A ramp stays a ramp under bilinear shifts: all inner differences are 1.
  const auto shift = augment(R"({"width_shift": 0.25})", {1, 8});
  for (std::uint32_t row = 0; row < 50; ++row) {
    const auto image = changed(shift, numbered(8), row);
    EXPECT_NEAR(image[4] - image[3], 1, 1e-5);
    EXPECT_LE(std::abs(image[4] - 5), 2.0F);
  }
}

TEST(Augment, FillsWithTheModeGiven) {
  // Shifted by up to a whole side, every place shows what lies outside.
  const auto limits = [](const std::string& mode) {
    const auto shift =
        augment(R"({"width_shift": 1, "fill_value": 9, "fill_mode": ")" + mode + "\"}", {1, 4});
    float least = 100;
    float most = -100;
    for (std::uint32_t row = 0; row < 200; ++row) {
      const auto first = changed(shift, {1, 2, 3, 4}, row)[0];
      least = std::min(least, first);
      most = std::max(most, first);
    }
    return std::pair{least, most};
  };
  EXPECT_EQ(limits("nearest").first, 1);
  EXPECT_NEAR(limits("nearest").second, 4, 0.1);
  EXPECT_NEAR(limits("constant").second, 9, 0.1);
  EXPECT_NEAR(limits("reflect").second, 4, 0.1);
  EXPECT_NEAR(limits("wrap").second, 4, 0.1);
}

TEST(Augment, RotatesAboutTheCentre) {
  const auto rotate = augment(R"({"rotation": 180})", {3, 3});
  const std::vector<float> dot = {0, 0, 0, 0, 1, 0, 0, 0, 0};
  for (std::uint32_t row = 0; row < 20; ++row) {
    EXPECT_NEAR(changed(rotate, dot, row)[4], 1, 1e-6);
  }
  const std::vector<float> corner = {1, 0, 0, 0, 0, 0, 0, 0, 0};
  EXPECT_THAT(all_of(rotate, corner), SizeIs(testing::Gt(100U)));
}

TEST(Augment, LeavesOtherFieldsAlone) {
  const Schema schema{{{"age", {}}, {"image", {1, 2}}, {"height", {}}}, {}};
  const auto flip = Augment::make(json::parse(R"({"horizontal_flip": 1})"), schema);
  ASSERT_TRUE(flip);
  EXPECT_THAT(changed(*flip, {7, 1, 2, 8}, 0), ElementsAre(7, 2, 1, 8));
}

TEST(Augment, NeedsOneImage) {
  const auto refused = [](const std::string& arguments, const Schema& schema) {
    const auto augment = Augment::make(json::parse(arguments), schema);
    return augment ? "accepted" : augment.error().message;
  };
  EXPECT_THAT(refused("{}", columns({"a"})), HasSubstr("reshape gives it one"));
  EXPECT_THAT(refused("{}", Schema{{{"a", {2, 2}}, {"b", {2, 2}}}, {}}),
              HasSubstr("there are several images; columns names the one"));
  const Schema image{{{"a", {4, 4}}}, {}};
  EXPECT_THAT(refused(R"({"crop_padding": 4})", image), HasSubstr("less than the image's 4"));
  EXPECT_THAT(refused(R"({"fill_mode": "mirror"})", image), HasSubstr("fill_mode is \"mirror\""));
  EXPECT_THAT(refused(R"({"rotation": 200})", image), HasSubstr("a number from 0 to 180"));
  EXPECT_THAT(refused(R"({"zoom": 2})", image), HasSubstr("'zoom' is not known"));
}

}  // namespace
}  // namespace dk::storage
