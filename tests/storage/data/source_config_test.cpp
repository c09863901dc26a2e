// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage/data/source_config.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace dk::storage {
namespace {

SourceConfig full() {
  SourceConfig config;
  config.format = "csv";
  config.files = {"/a.csv", "/b-*.csv"};
  config.features = {{"left", {"/x"}, {"1-3", "b"}, "/d"}, {}};
  config.labels = {{"", {}, {"label"}, ""}};
  config.header = false;
  config.delimiter = ';';
  config.missing = {"?"};
  config.allow_missing = true;
  config.size = 7;
  config.zero_based = true;
  config.on_bad_row = OnBadRow::kSkip;
  config.limit = 100;
  return config;
}

TEST(SourceConfigJson, TakesTheWayThereAndBack) {
  for (const auto& config : {full(), SourceConfig{"idx", {}, {{"", {"/x"}, {}, ""}}, {}}}) {
    const auto back = source_from_json(to_json(config), "data");
    ASSERT_TRUE(back) << back.error().message;
    EXPECT_EQ(*back, config);
  }
}

TEST(SourceConfigJson, RefusesWhatItDoesNotWrite) {
  const struct {
    const char* json;
    const char* message;
  } cases[] = {{"[]", "data is not an object"},
               {"{}", "data.format is not there"},
               {R"({"format": 1})", "data.format is not text"},
               {R"({"format": "csv", "colour": 1})", "data is not made of the known keys only"},
               {R"({"format": "csv", "files": "x"})", "data.files is not a list"},
               {R"({"format": "csv", "files": [1]})", "data.files is not a list of texts"},
               {R"({"format": "csv", "labels": [{"x": 1}]})",
                "data.labels[0] is not made of the known keys only"},
               {R"({"format": "csv", "delimiter": ",,"})", "data.delimiter is not one character"},
               {R"({"format": "csv", "on_bad_row": "cry"})", "data.on_bad_row is not fail or skip"},
               {R"({"format": "csv", "limit": -1})", "data.limit is not a whole number"}};
  for (const auto& [json, message] : cases) {
    const auto read = source_from_json(nlohmann::json::parse(json), "data");
    ASSERT_FALSE(read) << json;
    EXPECT_EQ(read.error(), (Error{Errc::kCorrupt, message})) << json;
  }
}

}  // namespace
}  // namespace dk::storage
