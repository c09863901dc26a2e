// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/storage/data/transforms/rows.hpp"

namespace dk::storage {
namespace {

/// One of every transform.
constexpr const char* kAll = R"([
  {"impute": {"strategy": "median", "columns": ["a"]}},
  {"impute": {"strategy": "constant", "fill_value": 2, "columns": ["b"]}},
  {"standard": {"columns": ["a"], "suffix": "_n"}},
  {"min_max": {"columns": ["b"], "to": [-1, 1]}},
  {"min_max": {"columns": ["c"], "from": [0, 10]}},
  {"scale": {"scale": 3, "offset": 1, "columns": ["c"]}},
  {"clip": {"range": [-2, 2], "columns": ["a_n"]}},
  {"one_hot": {"classes": 3, "columns": ["d"]}},
  {"hash": {"size": 4, "columns": ["e"], "output_col": "f"}},
  {"dense": {"size": 3, "indices": "words"}},
  {"reshape": {"shape": [3, 1], "columns": ["words"]}},
  {"binary_label": {"label": 1, "columns": ["y"]}},
  {"label_index": {"columns": ["p"]}}])";

MemoryReader training() {
  Schema schema = columns({"a", "b", "c", "d", "e"}, {"y"});
  schema.features.push_back({"words", {2}});
  schema.labels.push_back({"p", {2}, {"p_no", "p_yes"}});
  return {schema,
          {1, 5, 3, 0, 9, 0, 1, kMissing, 7, 4, 1, 8, 2, 2, 4, kMissing, 5, 2, 7, -1, 1},
          {1, 0.25F, 0.75F, 0, 0.5F, 0.5F, 1, 1, 0}};
}

Rows applied(const Pipeline& pipeline) {
  auto rows = apply(pipeline, {kMissing, 6, 3, 1, 8, 1, 1, 2, 5, 3, 2, 9, 0, 2},
                    {1, 0.25F, 0.75F, 0, 0.5F, 0.5F});
  if (!rows) {
    ADD_FAILURE() << rows.error().message;
    return {};
  }
  return *rows;
}

TEST(SavedTransforms, DoWhatTheFittedOnesDid) {
  const auto pipeline = fitted(kAll, training());
  const auto before = applied(pipeline);
  const auto restored = transforms_from_text(transforms_to_text(pipeline));
  ASSERT_TRUE(restored) << restored.error().message;
  EXPECT_TRUE(restored->fitted());
  EXPECT_EQ(restored->raw(), pipeline.raw());
  EXPECT_EQ(restored->schema(), pipeline.schema());
  const auto after = applied(*restored);
  EXPECT_EQ(after.x, before.x);
  EXPECT_EQ(after.y, before.y);
}

TEST(SavedTransforms, SayTheSameWhenSavedAgain) {
  const auto text = transforms_to_text(fitted(kAll, training()));
  EXPECT_EQ(transforms_to_text(*transforms_from_text(text)), text);
  EXPECT_EQ(text.find('\n'), std::string::npos);
}

TEST(SavedTransforms, KeepTheAugmentation) {
  const Schema schema{{{"image", {2, 2}}}, {}};
  const auto pipeline = made(R"([{"augment": {"rotation": 5, "columns": ["image"]}}])", schema);
  const auto restored = transforms_from_text(transforms_to_text(pipeline));
  ASSERT_TRUE(restored);
  EXPECT_EQ(restored->config(), pipeline.config());
  EXPECT_TRUE(restored->augment());
}

TEST(SavedTransforms, RefuseWhatIsNoSavedText) {
  for (const auto* text :
       {"", "[]", "{}", R"({"raw": {}, "transforms": []})",
        R"({"raw": {"features": [], "labels": []}})",
        R"({"raw": {"features": [{"name": "a"}], "labels": []}, "transforms": []})",
        R"({"raw": {"features": [{"name": "a", "shape": [-1]}], "labels": []}, "transforms": []})",
        R"({"raw": {"features": [{"name": "a", "shape": [2147483648, 2]}], "labels": []},
            "transforms": []})",
        R"({"raw": {"features": [{"name": "a", "shape": []}], "labels": []},
            "transforms": [{"standard": {"mean": [1, 2], "stddev": [1, 1]}}]})",
        R"({"raw": {"features": [{"name": "a", "shape": []}], "labels": []},
            "transforms": [{"standard": {"mean": [1], "stddev": [-1]}}]})"}) {
    const auto restored = transforms_from_text(text);
    ASSERT_FALSE(restored) << text;
    EXPECT_EQ(restored.error().code, Errc::kInvalid) << text;
  }
}

TEST(SavedTransforms, MustBeFitted) {
  const auto pipeline = made(R"([{"standard": {}}])", columns({"a"}));
  EXPECT_EQ(transforms_from_text(transforms_to_text(pipeline)).error().message,
            "the saved transforms are not fitted");
}

}  // namespace
}  // namespace dk::storage
