// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/data_server.hpp"

#include "storage/data/open_reader.hpp"
#include "tests/support/deterministic_system.hpp"
#include "tests/support/temp_dir.hpp"

#include <caf/all.hpp>
#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include <fstream>

namespace dk::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class DataServerTest : public DeterministicTest {
 protected:
  DataServerTest() {
    config.format = "csv";
    config.files = {write("train.csv", "a,b,y\n1,2,3\n4,5,6\n7,8,9\n")};
    config.labels = {{"", {}, {"y"}, ""}};
    source = storage::to_json(config).dump();
  }
  std::string write(const std::string& name, const std::string& text) {
    std::ofstream(dir / name) << text;
    return (dir / name).string();
  }
  Result<DataShape> open(const std::string& text) {
    return ask<DataShape>(server, open_atom_v, text);
  }
  Result<DataRows> get(const DataShape& shape, std::uint64_t first, std::uint32_t count) {
    return ask<DataRows>(server, get_atom_v, source, shape.fingerprint, first, count);
  }
  static std::vector<float> floats(const Tensor& tensor) {
    return {tensor.span().begin(), tensor.span().end()};
  }

  TempDir dir;
  storage::SourceConfig config;
  std::string source;
  DataServerConfig server_config{storage::CacheDirectory(dir / "cache"), 2, 1 << 20};
  DataServerActor server = system->spawn(data_server, server_config);
};

TEST_F(DataServerTest, TellsTheShapeAndLendsRows) {
  const auto shape = open(source);
  ASSERT_TRUE(shape) << shape.error().message;
  EXPECT_EQ(shape->rows, 3U);
  const auto schema = storage::schema_from_json(nlohmann::json::parse(shape->schema), "schema");
  EXPECT_EQ(*schema, (*storage::open_reader(config))->schema());
  const auto rows = get(*shape, 1, 2);
  ASSERT_TRUE(rows) << rows.error().message;
  EXPECT_THAT(floats(rows->x), ElementsAre(4, 5, 7, 8));
  EXPECT_THAT(floats(rows->y), ElementsAre(6, 9));
}

TEST_F(DataServerTest, NeedsNothingFromBeforeItsRestart) {
  const auto shape = open(source);
  server = system->spawn(data_server, server_config);
  EXPECT_TRUE(get(*shape, 0, 1));
}

TEST_F(DataServerTest, RefusesWhatCannotBeOpenedAsOpeningItHereDoes) {
  config.files = {(dir / "gone.csv").string()};
  const auto gone = open(storage::to_json(config).dump());
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().code, Errc::kNotFound);
  EXPECT_THAT(gone.error().message, HasSubstr("gone.csv"));
  for (const auto* text :
       {"", "no JSON", "[]", R"({"format": 3})", R"({"format": "csv", "x": 1})"}) {
    EXPECT_EQ(open(text).error().code, Errc::kInvalid) << text;
  }
}

TEST_F(DataServerTest, RefusesRowsThatAreNotThereOrTooMany) {
  const auto shape = *open(source);
  EXPECT_EQ(get(shape, 3, 1).error().code, Errc::kInvalid);
  EXPECT_EQ(get(shape, 0, 4).error().code, Errc::kInvalid);
  EXPECT_EQ(get(shape, 0, 0).error().code, Errc::kInvalid);
  EXPECT_EQ(get(shape, ~std::uint64_t{0}, 2).error().code, Errc::kInvalid);
  std::string many = "a,b,y\n";
  for (std::size_t i = 0; i <= Tensor::kMaxFloats / 2; ++i) many += "1,2,3\n";
  write("train.csv", many);
  EXPECT_EQ(get(*open(source), 0, Tensor::kMaxFloats / 2 + 1).error().code, Errc::kInvalid);
}

TEST_F(DataServerTest, NeverMixesRowsOfFilesThatChanged) {
  const auto before = *open(source);
  write("train.csv", "a,b,y\n1,2,3\n4,5,6\n70,8,9\n");
  const auto mixed = get(before, 1, 2);
  ASSERT_FALSE(mixed);
  EXPECT_EQ(mixed.error().code, Errc::kInvalid);
  EXPECT_THAT(mixed.error().message, HasSubstr("train.csv"));
  EXPECT_EQ(get(before, 0, 1).error().code, Errc::kInvalid) << "the fingerprint is another";
  const auto after = *open(source);
  EXPECT_NE(after.fingerprint, before.fingerprint);
  EXPECT_THAT(floats(get(after, 2, 1)->x), ElementsAre(70, 8));
}

TEST_F(DataServerTest, ServesMoreSourcesThanItKeepsOpen) {
  std::vector<std::string> sources;
  std::vector<DataShape> shapes;
  for (const auto* name : {"1.csv", "2.csv", "3.csv", "4.csv"}) {
    config.files = {write(name, "a,b,y\n" + std::string(name, 1) + ",2,3\n")};
    sources.push_back(storage::to_json(config).dump());
    shapes.push_back(*open(sources.back()));
  }
  for (std::size_t i = 0; i < sources.size(); ++i) {
    source = sources[i];
    EXPECT_THAT(floats(get(shapes[i], 0, 1)->x), ElementsAre(static_cast<float>(i + 1), 2));
  }
}

}  // namespace
}  // namespace dk::test
