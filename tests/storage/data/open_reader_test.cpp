// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage/data/open_reader.hpp"

#include "storage/data/npy.hpp"
#include "tests/storage/data/source.hpp"

namespace dk::storage {
namespace {

using Floats = std::vector<float>;
using test::idx_of;

class OpenReader : public test::SourceTest {
 protected:
  std::string npy(const std::string& name, const std::vector<std::size_t>& shape,
                  const Floats& values) {
    EXPECT_TRUE(write_npy(dir_ / name, shape, values));
    return path(name);
  }
  static std::string npy_text(const std::vector<std::size_t>& shape, const Floats& values) {
    const auto bytes = npy_file(shape, values);
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }
};

TEST_F(OpenReader, IdxPlainAndPacked) {
  const auto features = idx_of({3, 2}, std::string{1, 2, 3, 4, 5, '\xff'});
  const auto labels = file("y", idx_of({3}, std::string{7, 8, 9}));
  for (const auto& bytes : {features, test::gzip_of(features), test::zstd_of(features)}) {
    SourceConfig config{"idx", {}, arrays({file("x", bytes)}), arrays({labels})};
    const auto reader = *open(config);
    EXPECT_TRUE(reader->features_are_bytes());
    EXPECT_EQ(reader->schema().features[0], (Field{"features", {2}}));
    EXPECT_EQ(reader->schema().labels[0], (Field{"labels", {}}));
    const auto rows = *read(*reader, 1, 2);
    EXPECT_EQ(rows.x, (Floats{3, 4, 5, 255}));
    EXPECT_EQ(rows.y, (Floats{8, 9}));
    EXPECT_THAT(reader->where(2), testing::EndsWith("x: row 2"));
  }
}

TEST_F(OpenReader, SeveralInputsAndOutputsStandSideBySide) {
  SourceConfig config{"npy",
                      {},
                      arrays({npy("a", {2, 1}, {1, 2}), npy("b", {2, 2, 1}, {3, 4, 5, 6})}),
                      arrays({npy("c", {2}, {7, 8}), npy("d", {2, 2}, {9, 10, 11, 12})})};
  const auto rows = *read(config);
  EXPECT_EQ(rows.x, (Floats{1, 3, 4, 2, 5, 6}));
  EXPECT_EQ(rows.y, (Floats{7, 9, 10, 8, 11, 12}));
  EXPECT_EQ((*open(config))->schema().features[1], (Field{"features_2", {2, 1}}));
}

TEST_F(OpenReader, OneFieldMayLieInSeveralFiles) {
  npy("p-1.npy", {2, 1}, {1, 2});
  npy("p-2.npy", {1, 1}, {3});
  SourceConfig config{"npy", {}, arrays({path("p-*.npy")}), {}};
  EXPECT_EQ(read(config)->x, (Floats{1, 2, 3}));
  EXPECT_EQ(read(**open(config), 1, 2)->x, (Floats{2, 3}));
  config.limit = 2;
  EXPECT_EQ(read(config)->x, (Floats{1, 2}));
}

TEST_F(OpenReader, NpzArraysByName) {
  test::write_npz(dir_ / "d.npz",
                  {{"x", npy_text({2, 2}, {1, 2, 3, 4})}, {"y", npy_text({2}, {5, 6})}});
  SourceConfig config{"npz", {path("d.npz")}, {{"", {}, {}, "x"}}, {{"", {}, {}, "y"}}};
  for (const std::uint64_t memory : {1 << 20, 10}) {  // 10 bytes: through the cache
    const auto reader = *open_reader(config, access(memory));
    const auto rows = *read(*reader, 0, 2);
    EXPECT_EQ(rows.x, (Floats{1, 2, 3, 4}));
    EXPECT_EQ(rows.y, (Floats{5, 6}));
  }
}

TEST_F(OpenReader, Hdf5DatasetsOfEveryNumberWholeAndInChunks) {
  for (const hid_t type : {H5T_IEEE_F32LE, H5T_IEEE_F64BE, H5T_STD_I64LE, H5T_STD_U8LE}) {
    for (const hsize_t chunk : {0, 2}) {
      test::write_hdf5(dir_ / "x.h5", "/train/x", {3, 2}, {1, 2, 3, 4, 5, 6}, type, chunk);
      test::write_hdf5(dir_ / "y.h5", "y", {3}, {7, 8, 9}, type, 0);
      SourceConfig config{
          "hdf5", {}, {{"", {path("x.h5")}, {}, "/train/x"}}, arrays({path("y.h5")})};
      const auto reader = open(config);
      ASSERT_TRUE(reader) << reader.error().message;
      EXPECT_EQ((*reader)->features_are_bytes(), type == H5T_STD_U8LE);
      const auto rows = *read(**reader, 1, 2);
      EXPECT_EQ(rows.x, (Floats{3, 4, 5, 6}));
      EXPECT_EQ(rows.y, (Floats{8, 9}));
    }
  }
}

TEST_F(OpenReader, LibsvmRowsAreMadeDense) {
  SourceConfig config;
  config.format = "libsvm";
  config.files = {file("a.svm", "+1 1:0.5 3:2 # first\n\n-1 2:1e1\r\n0\n")};
  config.size = 3;
  const auto rows = *read(config);
  EXPECT_EQ(rows.x, (Floats{0.5F, 0, 2, 0, 10, 0, 0, 0, 0}));
  EXPECT_EQ(rows.y, (Floats{1, -1, 0}));
  config.zero_based = true;
  config.size = 4;
  EXPECT_EQ(read(config)->x[1], 0.5F);
}

}  // namespace
}  // namespace dk::storage
