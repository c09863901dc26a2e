// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage/data/csv.hpp"

#include "storage/data/table_file.hpp"
#include "tests/storage/data/source.hpp"

#include <cmath>

namespace dk::storage {
namespace {

using Floats = std::vector<float>;

class Csv : public test::SourceTest {};

TEST_F(Csv, ReadsFeaturesAndLabelsByName) {
  const auto rows = *read(csv("a,b,label\n1,2,0\n3,4,1\n", {"label"}));
  EXPECT_EQ(rows.x, (Floats{1, 2, 3, 4}));
  EXPECT_EQ(rows.y, (Floats{0, 1}));
}

TEST_F(Csv, KeepsTheNamesOfAVectorsColumns) {
  const auto schema = (*open(csv("a,b,label\n1,2,0\n", {"label"})))->schema();
  EXPECT_EQ(schema.features[0], (Field{"features", {2}, {"a", "b"}}));
  EXPECT_EQ(schema.labels[0], (Field{"label", {}}));
}

TEST_F(Csv, ReadsColumnsByNumberRangeAndFromTheEnd) {
  auto config = csv("7,1,2,3,4\n8,5,6,7,8", {"0"});
  config.features = {{"left", {}, {"1-2"}, ""}, {"right", {}, {"-1", "3"}, ""}};
  const auto rows = *read(config);
  EXPECT_EQ(rows.x, (Floats{1, 2, 4, 3, 5, 6, 8, 7}));
  EXPECT_EQ(rows.y, (Floats{7, 8}));
  const auto schema = (*open(config))->schema();
  EXPECT_EQ(schema.features[1], (Field{"right", {2}, {"4", "3"}}));
}

TEST_F(Csv, TakesAHeaderOnlyWhereItIsOne) {
  EXPECT_EQ(read(csv("1,2\n3,4\n"))->x, (Floats{1, 2, 3, 4}));
  EXPECT_EQ(read(csv("a,b\n3,4\n"))->x, (Floats{3, 4}));
  auto numbered = csv("label,0,1\n9,3,4\n", {"label"});
  numbered.header = true;
  EXPECT_EQ(read(numbered)->x, (Floats{3, 4}));
}

TEST_F(Csv, QuotedFieldsMayHoldDelimitersQuotesAndLineEnds) {
  const auto config = csv("\"a,\"\"1\"\"\",\"b\r\nc\"\r\n\"1\",\"2\"\r\n3,4\r\n", {"a,\"1\""});
  const auto rows = *read(config);
  EXPECT_EQ(rows.y, (Floats{1, 3}));
  EXPECT_EQ(rows.x, (Floats{2, 4}));
}

TEST_F(Csv, PassesOverBlankLinesAndTheByteOrderMarkAndTakesOtherDelimiters) {
  auto config = csv("\xef\xbb\xbf\n1;2\n\n3;4\n\n");
  config.delimiter = ';';
  EXPECT_EQ(read(config)->x, (Floats{1, 2, 3, 4}));
}

TEST_F(Csv, MissingFeaturesAreNanWhereTheyAreAllowed) {
  auto config = csv("1,,NA\n-999,5,?\n");
  config.missing = {"-999", "?"};
  config.allow_missing = true;
  const auto x = read(config)->x;
  EXPECT_EQ(x[0], 1);
  EXPECT_EQ(x[4], 5);
  for (const auto i : {1U, 2U, 3U, 5U}) EXPECT_TRUE(std::isnan(x[i])) << i;
}

TEST_F(Csv, SkipsBadRowsAndCountsThem) {
  auto config = csv("1,2\n3\n4,x\n5,6\n\"a\"b,1\n7,8\n");
  config.on_bad_row = OnBadRow::kSkip;
  const auto reader = *open(config);
  EXPECT_EQ(read(*reader, 0, reader->rows())->x, (Floats{1, 2, 5, 6, 7, 8}));
  EXPECT_EQ(reader->skipped().count, 3U);
  EXPECT_THAT(reader->skipped().faults[1], testing::HasSubstr("table.csv:3: column 1: 'x'"));
}

TEST_F(Csv, ReadsManyFilesInTheOrderOfTheirNames) {
  auto config = csv("a\n1\n2\n");
  file("part-2.csv", "a\n5\n");
  file("part-10.csv", "a\n3\n4\n");
  config.files.push_back(path("part-*.csv"));
  EXPECT_EQ(read(config)->x, (Floats{1, 2, 3, 4, 5}));
}

TEST_F(Csv, FeaturesAndLabelsMayLieInDifferentTables) {
  SourceConfig config;
  config.format = "csv";
  config.features = {{"", {file("x.csv", "1,2\n3,4\n")}, {}, ""}};
  config.labels = {{"", {file("y.csv", "l\n8\n9\n")}, {"l"}, ""}};
  const auto rows = *read(config);
  EXPECT_EQ(rows.x, (Floats{1, 2, 3, 4}));
  EXPECT_EQ(rows.y, (Floats{8, 9}));
}

/// Row i of a table of several groups is (i, i + 1 ... ), with the label i % 7.
class BigCsv : public Csv {
 protected:
  static constexpr std::size_t kColumns = 300;
  static constexpr std::size_t kRows = 3000;

  SourceConfig table(std::string (*pack)(const std::string&)) {
    std::string text;
    for (std::size_t row = 0; row < kRows; ++row) {
      text += std::to_string(row % 7);
      for (std::size_t i = 0; i < kColumns; ++i) text += ',' + std::to_string(row + i);
      text += '\n';
      if (row % 100 == 0) text += "bad\n";
    }
    auto config = csv(pack(text), {"0"});
    config.on_bad_row = OnBadRow::kSkip;
    return config;
  }
  void expect_rows(const Reader& reader, std::uint64_t first, std::size_t count) {
    const auto rows = *read(reader, first, count);
    for (std::size_t i = 0; i < count; ++i) {
      EXPECT_EQ(rows.x[i * kColumns], static_cast<float>(first + i));
      EXPECT_EQ(rows.y[i], static_cast<float>((first + i) % 7));
    }
  }
};

TEST_F(BigCsv, AnyRangeOfRowsIsFoundThroughTheIndex) {
  for (const auto& pack :
       {+[](const std::string& text) { return text; }, test::gzip_of, test::zstd_of}) {
    const auto config = table(pack);
    for (int again = 0; again < 2; ++again) {  // the second time with the index of the first
      const auto reader = *open_reader(config, access(1000));
      ASSERT_EQ(reader->rows(), kRows);
      const auto group = reader->group_rows();
      ASSERT_LT(group * 2, kRows);
      expect_rows(*reader, 0, 1);
      expect_rows(*reader, group - 1, 3);
      expect_rows(*reader, kRows - 5, 5);
      expect_rows(*reader, 5, kRows - 10);
      EXPECT_EQ(reader->skipped().count, kRows / 100);
      // Each 100 rows one bad line: row 2950 is line 2951 + 30.
      EXPECT_THAT(reader->where(2950), testing::EndsWith("table.csv:2981"));
    }
  }
}

TEST_F(BigCsv, ADamagedIndexIsMadeAgain) {
  const auto config = table([](const std::string& text) { return text; });
  ASSERT_TRUE(open(config));
  std::size_t indices = 0;
  for (const auto& entry : std::filesystem::directory_iterator(dir_ / "cache")) {
    test::write_text(entry.path(), "something else");
    ++indices;
  }
  EXPECT_EQ(indices, 1U);
  expect_rows(**open(config), 2000, 10);
}

TEST(TableIndex, SurvivesStorageAndRefusesEveryTruncation) {
  const TableIndex index{{{10, 2}, {500, 44}}, 70, 3, {"f:9: bad"}};
  const auto bytes = table_index_bytes(index);
  const auto read = table_index_from(bytes);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->rows, 70U);
  EXPECT_EQ(read->groups[1].line, 44U);
  EXPECT_EQ(read->faults, index.faults);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(table_index_from(std::span(bytes).first(size))) << size;
  }
}

}  // namespace
}  // namespace dk::storage
