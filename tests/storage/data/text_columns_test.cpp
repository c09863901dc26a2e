// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage/data/text_columns.hpp"

#include "storage/data/dataset.hpp"
#include "storage/data/vocabulary.hpp"
#include "tests/storage/data/source.hpp"

#include <nlohmann/json.hpp>

#include <numeric>

namespace dk::storage::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* kAnimals =
    "legs,name,home\n4,dog,house\n2,\"parrot, grey\",cage\n4,cat,house\n4,dog,garden\n";

class TextColumns : public SourceTest {
 protected:
  DataConfig animals(const char* transforms, const std::string& text = kAnimals) {
    DataConfig config;
    config.source = csv(text, {"name"});
    config.source.features = {{"", {}, {"legs"}}};
    config.transforms = nlohmann::json::parse(transforms);
    return config;
  }
  auto load(const DataConfig& config) {
    return Dataset::load(config, CacheDirectory(dir_ / "cache"));
  }
  static Rows all(const Dataset& data) {
    Rows rows;
    rows.x.resize(data.size() * data.feature_size());
    rows.y.resize(data.size() * data.target_size());
    std::vector<std::uint32_t> samples(data.size());
    std::iota(samples.begin(), samples.end(), 0U);
    const auto read = BatchReader(data, samples.size()).read(samples, rows.x, rows.y);
    EXPECT_TRUE(read) << read.error().message;
    return rows;
  }
  std::string refusal(const DataConfig& config) {
    const auto data = load(config);
    return data ? "" : data.error().message;
  }
};

TEST_F(TextColumns, OfTheLabelsAreTheirPlacesAmongTheSortedTexts) {
  const auto data = load(animals(R"([{"label_index": {}}])"));
  ASSERT_TRUE(data) << data.error().message;
  EXPECT_THAT(all(**data).y, ElementsAre(1, 2, 0, 1));
  EXPECT_EQ((*data)->pipeline().config().dump(),
            R"([{"label_index":{"classes":["cat","dog","parrot, grey"]}}])");
}

TEST_F(TextColumns, OneHotTakesTheirCount) {
  const auto data = load(animals(R"([{"label_index": null}, {"one_hot": null}])"));
  ASSERT_TRUE(data) << data.error().message;
  EXPECT_EQ((*data)->target_size(), 3U);
  EXPECT_EQ((*data)->pipeline().config()[1]["one_hot"]["classes"], 3);
}

TEST_F(TextColumns, OfOtherFilesHaveTheTrainingSetsClasses) {
  const auto fitted = (*load(animals(R"([{"label_index": {}}])")))->pipeline().config();
  auto test = animals("[]", "legs,name\n4,dog\n4,cat\n4,dog\n");
  test.transforms = fitted;
  const auto data = load(test);
  ASSERT_TRUE(data) << data.error().message;
  EXPECT_THAT(all(**data).y, ElementsAre(1, 0, 1));
  test.source = csv("legs,name\n4,dog\n4,lion\n", {"name"});
  EXPECT_THAT(refusal(test), HasSubstr("table.csv:3: column 1 (name): 'lion' is none of the "
                                       "training set's 3 texts: 'cat', 'dog', 'parrot, grey'"));
  test.source.on_bad_row = OnBadRow::kSkip;
  const auto skipping = load(test);
  ASSERT_TRUE(skipping) << skipping.error().message;
  EXPECT_EQ((*skipping)->size(), 1U);
  EXPECT_EQ((*skipping)->skipped().count, 1U);
}

TEST_F(TextColumns, AreReadFromSavedTransforms) {
  const auto text =
      transforms_to_text((*load(animals(R"([{"label_index": {}}, {"one_hot": 3}])")))->pipeline());
  const auto saved = transforms_from_text(text);
  ASSERT_TRUE(saved) << saved.error().message;
  auto test = animals("[]", "legs,name\n4,dog\n");
  test.transforms = saved->config();
  const auto data = load(test);
  ASSERT_TRUE(data) << data.error().message;
  EXPECT_THAT(all(**data).y, ElementsAre(0, 1, 0));
}

TEST_F(TextColumns, OfFeaturesAreNamed) {
  auto config = animals(R"([{"label_index": {"columns": ["home"]}}, {"label_index": {}},
                            {"one_hot": {"columns": ["home"]}}])");
  config.source.features = {{"", {}, {"legs", "home"}}};
  const auto data = load(config);
  ASSERT_TRUE(data) << data.error().message;
  // cage, garden, house
  EXPECT_THAT(all(**data).x, ElementsAre(4, 0, 0, 1, 2, 1, 0, 0, 4, 0, 0, 1, 4, 0, 1, 0));
}

TEST_F(TextColumns, OfAHashNeedNoClasses) {
  auto config = animals(R"([{"label_index": {}}, {"hash": {"size": 4096, "columns": ["home"]}}])");
  config.source.features = {{"", {}, {"home"}}};
  const auto data = load(config);
  ASSERT_TRUE(data) << data.error().message;
  const auto x = all(**data).x;
  const auto row = [&](std::size_t i) { return std::vector(&x[i * 4096], &x[i * 4096] + 4096); };
  EXPECT_EQ(row(0), row(2));  // house
  EXPECT_NE(row(0), row(1));
  EXPECT_NE(row(0), row(3));
}

TEST_F(TextColumns, WithoutATransformAreRefusedWithTheRemedy) {
  EXPECT_THAT(refusal(animals("[]")),
              HasSubstr("table.csv:2: column 1 (name): 'dog' is not a number; a label_index "
                        "transform makes classes of texts"));
}

TEST_F(TextColumns, StillNeedALabelInEachRow) {
  EXPECT_THAT(refusal(animals(R"([{"label_index": {}}])", "legs,name\n4,dog\n4,\n")),
              HasSubstr("table.csv:3: column 1 (name): '' is a missing value"));
}

TEST_F(TextColumns, WithTooManyTextsAreRefused) {
  std::string text = "legs,name\n";
  for (std::size_t i = 0; i <= Vocabulary::kMostTexts; ++i) text += fmt::format("1,n{}\n", i);
  EXPECT_THAT(refusal(animals(R"([{"label_index": {}}])", text)),
              HasSubstr("table.csv:65538: column 1 (name): more than 65536 different texts"));
}

TEST_F(TextColumns, TakeClassesInTheOrderGiven) {
  const auto data =
      load(animals(R"([{"label_index": {"classes": ["dog", "cat", "parrot, grey"]}}])"));
  ASSERT_TRUE(data) << data.error().message;
  EXPECT_THAT(all(**data).y, ElementsAre(0, 2, 1, 0));
  EXPECT_THAT(refusal(animals(R"([{"label_index": {"classes": ["dog", "dog"]}}])")),
              HasSubstr("table.csv:3: column 1 (name): 'parrot, grey'"));
}

TEST_F(TextColumns, ThatAreNumbersAreSortedByTheirValues) {
  const auto data =
      load(animals(R"([{"label_index": {}}])", "legs,name\n1,10\n1,9\n1,-1\n1,9.0\n"));
  ASSERT_TRUE(data) << data.error().message;
  EXPECT_THAT(all(**data).y, ElementsAre(2, 1, 0, 1));
  EXPECT_THAT((*data)->pipeline().config()[0]["label_index"]["classes"],
              ElementsAre("-1", "9", "10"));
}

TEST_F(TextColumns, OfSeveralFilesShareTheirClassesAndTheIndexKeepsThem) {
  auto config = animals(R"([{"label_index": {}}])");
  std::string big = "legs,name,home\n";
  for (int i = 0; i < 100'000; ++i) big += i % 2 == 0 ? "4,zebra,x\n" : "2,ant,xy\n";
  config.source.files.push_back(file("second.csv", big));
  for (int pass = 0; pass < 2; ++pass) {
    const auto data = load(config);
    ASSERT_TRUE(data) << data.error().message;
    EXPECT_THAT((*data)->pipeline().config()[0]["label_index"]["classes"],
                ElementsAre("ant", "cat", "dog", "parrot, grey", "zebra"));
  }
}

TEST_F(TextColumns, AreDividedByClassBeforeTheTransforms) {
  auto config =
      animals(R"([{"label_index": {}}])", "legs,name\n1,a\n2,b\n3,a\n4,b\n5,a\n6,b\n7,a\n8,b\n");
  config.part = {0, 0.5, true, 3};
  const auto data = load(config);
  ASSERT_TRUE(data) << data.error().message;
  auto y = all(**data).y;
  std::sort(y.begin(), y.end());
  EXPECT_THAT(y, ElementsAre(0, 0, 1, 1));
  config.source = csv("legs,name\n1,a\n2,b\n3,a\n", {"name"});
  EXPECT_THAT(refusal(config), HasSubstr("name is b in 1 rows alone; a stratified split needs at "
                                         "least 2 rows of each class"));
}

TEST_F(TextColumns, OfAVectorOfLabelsStayNumbers) {
  auto config = animals(R"([{"label_index": {}}])", "a,b,c\n1,0.2,0.7\n2,0.9,0.1\n");
  config.source.features = {{"", {}, {"a"}}};
  config.source.labels = {{"", {}, {"b", "c"}}};
  const auto data = load(config);
  ASSERT_TRUE(data) << data.error().message;
  EXPECT_THAT(all(**data).y, ElementsAre(1, 0));
}

TEST_F(TextColumns, OfNoTableAreRefused) {
  const auto pipeline = Pipeline::make(nlohmann::json::parse(R"([{"label_index": {}}])"),
                                       Schema{{{"x", {}}}, {{"y", {}}}});
  ASSERT_FALSE(pipeline);
  EXPECT_THAT(pipeline.error().message, HasSubstr("'y' is one number; allowed: a vector, or a "
                                                  "column of texts of a csv file"));
}

}  // namespace
}  // namespace dk::storage::test
