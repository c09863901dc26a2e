// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage/data/npy.hpp"
#include "tests/storage/data/source.hpp"

#include <limits>

namespace dk::storage {
namespace {

using test::gzip_of;
using test::idx_of;
using test::zstd_of;

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();

std::string npy(const std::vector<std::size_t>& shape, const std::vector<float>& values) {
  const auto bytes = npy_file(shape, values);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string flipped(std::string bytes, std::size_t place) {
  bytes[place] = static_cast<char>(bytes[place] ^ 0x55);
  return bytes;
}

class BadInput : public test::SourceTest {
 protected:
  /// What reading everything says, without the directory.
  std::string refusal(const SourceConfig& config) {
    const auto rows = read(config);
    if (rows) return "no error";
    auto message = rows.error().message;
    const auto directory = dir_.path().string() + "/";
    for (auto at = message.find(directory); at != std::string::npos; at = message.find(directory)) {
      message.erase(at, directory.size());
    }
    return message;
  }
};

TEST_F(BadInput, CsvNamesFileLineColumnAndValue) {
  const struct {
    std::string text;
    std::vector<std::string> labels;
    const char* message;
  } cases[] = {
      {"", {}, "table.csv: is empty"},
      {"\n\n", {}, "table.csv: has no rows"},
      {"a,b\n", {}, "table.csv: has no rows"},
      {"a,b\n1,2\n3,x\n", {}, "table.csv:3: column 1 (b): 'x' is not a number"},
      {"1,2\n3,4,5\n", {}, "table.csv:2: 3 fields; the first row has 2"},
      {"1,2\n\n3\n", {}, "table.csv:3: 1 fields; the first row has 2"},
      {"1,2\n3,inf\n", {}, "table.csv:2: column 1: 'inf' is infinite"},
      {"1,2\n3,1e999\n", {}, "table.csv:2: column 1: '1e999' is beyond float32's range"},
      {"1,2\n3,1e39\n", {}, "table.csv:2: column 1: '1e39' is beyond float32's range"},
      {"1,2\n,4\n", {}, "table.csv:2: column 0: '' is a missing value; an impute"},
      {"1,2\nNA,4\n", {}, "table.csv:2: column 0: 'NA' is a missing value"},
      {"a,y\n1,2\n4,nan\n", {"y"}, "table.csv:3: column 1 (y): 'nan' is a missing value; a label"},
      {"a,y\n1,cat\n", {"y"}, "table.csv:2: column 1 (y): 'cat' is not a number"},
      {"1,2\n\"3\"x,4\n", {}, "table.csv:2: column 0: text follows the closing quote of '3'"},
      {"1,2\n3,\"4\n5,6\n", {}, "table.csv:2: a quote is not closed"},
      {"1,2\n3,4;5\n", {}, "table.csv:2: column 1: '4;5' is not a number"},
      {"1,a\n2,3\n", {}, "table.csv:1: the first row has 1 numbers and 1 texts"},
      {"a,b\n1,2\n", {"c"}, "table.csv:1: no column 'c' (did you mean 'a'?), allowed: a, b"},
      {"1,2\n3,4\n",
       {"2"},
       "table.csv:1: no column '2': the row has 2; allowed are numbers from 0"},
      {"1,2\n3,4\n", {"y"}, "table.csv:1: no column 'y': the table has no header"},
      {"a,a\n1,2\n", {"a"}, "table.csv:1: 2 columns are called 'a'; name them by number"},
      {"a\n1\n", {"a"}, "table.csv:1: no column is left for the features"},
      {std::string("1,2\n3,4\0\n", 9), {}, "table.csv:2: column 1: '4\\x00' is not a number"},
      {"\xff\xfe"
       "1\n",
       {},
       "table.csv: is UTF-16 text; UTF-8 is read"},
      {gzip_of("1,2\n3,4\n").substr(0, 20), {}, "table.csv: gzip data at byte 20: cut off"},
      {zstd_of("1,2\n3,4\n").substr(0, 10), {}, "table.csv: zstd data at byte 10: cut off"},
      {flipped(gzip_of("1,2\n3,4\n"), 20), {}, "table.csv: gzip data at byte"},
      {"\"a\",\"b\n1,2\n", {}, "table.csv:1: a quote is not closed"},
  };
  for (const auto& [text, labels, message] : cases) {
    EXPECT_THAT(refusal(csv(text, labels)), testing::StartsWith(message)) << text;
  }
}

TEST_F(BadInput, ASecondTableMustHaveTheSameHeader) {
  auto config = csv("a,b\n1,2\n");
  config.files.push_back(file("z.csv", "b,a\n1,2\n"));
  EXPECT_THAT(refusal(config), testing::StartsWith("z.csv:1: its header is not the first file's"));
}

TEST_F(BadInput, SkippingEverythingIsNoWayOut) {
  auto config = csv("1,2\n");
  config.files = {file("bad.csv", "a,b\nx,y\n")};
  config.on_bad_row = OnBadRow::kSkip;
  EXPECT_THAT(refusal(config), testing::StartsWith("bad.csv: all of its 1 rows are bad"));
}

TEST_F(BadInput, LibsvmNamesFileLineAndValue) {
  const struct {
    const char* text;
    const char* message;
  } cases[] = {
      {"# nothing\n", "t.svm: has no rows"},
      {"x 1:2\n", "t.svm:1: label 'x' is not one finite number"},
      {"1,2 1:2\n", "t.svm:1: label '1,2' is not one finite number"},
      {"1 1:2\n1 2\n", "t.svm:2: '2' is not NUMBER:VALUE"},
      {"1 qid:3 1:2\n", "t.svm:1: 'qid:3' is not NUMBER:VALUE"},
      {"1 0:2\n", "t.svm:1: feature 0 in '0:2': allowed are 1 to 4"},
      {"1 5:2\n", "t.svm:1: feature 5 in '5:2': allowed are 1 to 4"},
      {"1 99999999999999999999:2\n", "t.svm:1: '99999999999999999999:2' is not NUMBER:VALUE"},
      {"1 3:2 2:1\n", "t.svm:1: feature 2 in '2:1': it stands behind feature 3"},
      {"1 2:2 2:1\n", "t.svm:1: feature 2 in '2:1': it stands behind feature 2"},
      {"1 2:abc\n", "t.svm:1: feature 2: 'abc' is not a finite number"},
      {"1 2:nan\n", "t.svm:1: feature 2: 'nan' is not a finite number"},
      {"1 2:\n", "t.svm:1: feature 2: '' is not a finite number"},
  };
  SourceConfig config;
  config.format = "libsvm";
  config.size = 4;
  for (const auto& [text, message] : cases) {
    config.files = {file("t.svm", text)};
    EXPECT_THAT(refusal(config), testing::StartsWith(message)) << text;
  }
  config.size = 0;
  EXPECT_THAT(refusal(config),
              testing::HasSubstr("size is 0; libsvm needs the number of features"));
}

TEST_F(BadInput, ArraysNameFileRowAndValue) {
  const auto labels = npy({2}, {0, 1});
  const struct {
    const char* format;
    std::string x;
    std::string y;
    const char* message;
  } cases[] = {
      {"npy", npy({2, 2}, {1, 2, kNan, 4}), labels, "x: row 1: value 0 is nan"},
      {"npy", npy({2, 2}, {1, kInfinity, 3, 4}), labels, "x: row 0: value 1 is inf"},
      {"npy", npy({2, 1}, {1, 2}), npy({2}, {1, kNan}), "y: row 1: value 0 is nan"},
      {"npy", npy({3, 1}, {1, 2, 3}), labels, "y has 2 labels, x has 3 samples"},
      {"npy", "", labels, "x: ends at byte 0, within the NPY header"},
      {"npy", npy({2, 1}, {1, 2}).substr(0, 131), labels, "x: 8 bytes of values should follow"},
      {"npy", npy({2, 1}, {1, 2}) + "x", labels,
       "x: 8 bytes of values should follow byte 128, but"},
      {"npy", "PK\3\4 something", labels, "x: not an NPY file"},
      {"npy", npy({}, {1}), labels, "x: one value, no rows"},
      {"npy", gzip_of(npy({2, 1}, {1, 2})).substr(0, 60), labels, "x: gzip data at byte 60: cut"},
      {"idx", idx_of({2, 2}, "abcde"), idx_of({2}, "ab"), "x: 4 bytes of values should follow"},
      {"idx", idx_of({2, 2}, "abc"), idx_of({2}, "ab"), "x: 4 bytes of values should follow"},
      {"idx", idx_of({2, 2}, "abcd", 0x0D), idx_of({2}, "ab"), "x: byte 2: IDX type 0x0d"},
      {"idx", idx_of({2, 2}, "abcd"), idx_of({3}, "abc"), "y has 3 labels, x has 2 samples"},
      {"npz", "no zip", "", "x: not an NPZ file"},
      {"hdf5", "no hdf5", "", "x: the HDF5 library cannot open it"},
      {"hdf", "", "", "data format \"hdf\" is not known (did you mean 'hdf5'?), allowed: idx, npy"},
  };
  for (const auto& [format, x, y, message] : cases) {
    const SourceConfig config{format, {}, arrays({file("x", x)}), arrays({file("y", y)})};
    EXPECT_THAT(refusal(config), testing::StartsWith(message)) << format;
  }
}

TEST_F(BadInput, AFileThatIsNotThereIsNamed) {
  EXPECT_EQ(refusal({"npy", {}, arrays({path("gone")}), {}}), "gone: No such file or directory");
  EXPECT_EQ(refusal({"npy", {}, arrays({path("gone-*")}), {}}), "gone-*: no file has such a name");
}

TEST_F(BadInput, ArchivesNameTheArraysThatTheyHave) {
  test::write_npz(dir_ / "d.npz", {{"x", npy({1}, {1})}, {"y", npy({1}, {2})}});
  SourceConfig config{"npz", {path("d.npz")}, {{}}, {}};
  EXPECT_EQ(refusal(config), "d.npz: which of its arrays? allowed: x, y");
  config.features[0].dataset = "z";
  EXPECT_THAT(refusal(config), testing::StartsWith("d.npz: no array 'z'"));
  test::write_hdf5(dir_ / "d.h5", "/train/x", {2}, {1, 2}, H5T_IEEE_F32LE);
  config = {"hdf5", {path("d.h5")}, {{"", {}, {}, "train/y"}}, {}};
  EXPECT_EQ(refusal(config),
            "d.h5: no dataset '/train/y' (did you mean '/train/x'?), allowed: /train/x");
}

// The library itself reads out of bounds, or for ever, in such files.
TEST_F(BadInput, DamagedHdf5EndsInAnErrorWhereverTheDamageIs) {
  test::write_hdf5(dir_ / "good.h5", "x", {64, 4}, std::vector<double>(256, 1.5), H5T_IEEE_F32LE,
                   16);
  std::ifstream in(dir_ / "good.h5", std::ios::binary);
  const std::string good((std::istreambuf_iterator<char>(in)), {});
  std::size_t refused = 0;
  for (std::size_t place = 0; place < good.size(); place += good.size() / 60) {
    SourceConfig config{"hdf5", {file("bad.h5", flipped(good, place))}, {{"", {}, {}, "x"}}, {}};
    if (!read(config)) ++refused;
    if (!read({"hdf5", {file("cut.h5", good.substr(0, place))}, {{"", {}, {}, "x"}}, {}}))
      ++refused;
  }
  EXPECT_GE(refused, 60U) << "every truncation, and many of the flips";
}

}  // namespace
}  // namespace dk::storage
