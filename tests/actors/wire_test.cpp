// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/wire.hpp"

#include "tests/support/deterministic_system.hpp"

#include <caf/all.hpp>
#include <gmock/gmock.h>

#include <vector>

namespace dk::test {
namespace {

using ::testing::HasSubstr;

/// A message of one release, and of the two after it.
struct First {
  std::uint32_t number = 0;
};
struct Second {
  std::uint32_t number = 0;
  std::string name = "nobody";
};
struct Third {
  std::uint32_t number = 0;
  std::string name = "nobody";
  std::vector<std::uint64_t> list{1, 2};
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, First& x) {
  auto later = added();
  return f(x.number, later);
}
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, Second& x) {
  auto later = added(x.name);
  return f(x.number, later);
}
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, Third& x) {
  auto later = added(x.name, x.list);
  return f(x.number, later);
}

class Wire : public DeterministicTest {
 protected:
  /// With something behind it that must not be touched.
  template <class T>
  std::vector<char> written(T value) {
    std::vector<char> bytes;
    caf::binary_serializer sink{*system, bytes};
    EXPECT_FALSE(sink(value, behind_));
    return bytes;
  }
  template <class T>
  T read(const std::vector<char>& bytes) {
    T value{};
    std::uint64_t behind = 0;
    caf::binary_deserializer source{*system, bytes};
    EXPECT_FALSE(source(value, behind));
    EXPECT_EQ(behind, behind_);
    EXPECT_EQ(source.remaining(), 0U);
    return value;
  }

  std::uint64_t behind_ = 0x123456789abcdef0;
};

TEST_F(Wire, AnOlderReaderPassesOverWhatItDoesNotKnow) {
  const auto bytes = written(Third{7, "b", {3, 4, 5}});
  EXPECT_EQ(read<First>(bytes).number, 7U);
  EXPECT_EQ(read<Second>(bytes).name, "b");
}

TEST_F(Wire, ANewerReaderKeepsTheDefaultsOfWhatIsNotThere) {
  const auto from_first = read<Third>(written(First{7}));
  EXPECT_EQ(from_first.number, 7U);
  EXPECT_EQ(from_first.name, "nobody");
  const auto from_second = read<Third>(written(Second{7, "b"}));
  EXPECT_EQ(from_second.name, "b");
  EXPECT_EQ(from_second.list, (std::vector<std::uint64_t>{1, 2}));
}

TEST_F(Wire, TheSameVersionReadsItAll) {
  const auto third = read<Third>(written(Third{7, "b", {3, 4, 5}}));
  EXPECT_EQ(third.name, "b");
  EXPECT_EQ(third.list, (std::vector<std::uint64_t>{3, 4, 5}));
}

TEST_F(Wire, AddedFieldsThatAreCutOffAreRefused) {
  auto bytes = written(Second{7, "a name"});
  bytes.resize(bytes.size() - sizeof behind_ - 2);
  Second value;
  caf::binary_deserializer whole{*system, bytes};
  EXPECT_TRUE(whole(value));
  // The string of bytes is whole, and what is in it is not.
  std::string half(1, '\6');
  std::vector<char> lying;
  std::uint32_t number = 7;
  caf::binary_serializer sink{*system, lying};
  ASSERT_FALSE(sink(number, half));
  caf::binary_deserializer source{*system, lying};
  EXPECT_TRUE(source(value));
}

TEST(ProtocolVersion, TheNeighboursAreUnderstood) {
  EXPECT_TRUE(check_protocol("node b", protocol_version()));
  EXPECT_TRUE(check_protocol("node b", protocol_version() + 1));
}

TEST(ProtocolVersion, WhoIsTooFarAwayIsRefusedWithAWord) {
  const auto newer = check_protocol("node b", kProtocolVersion + 2);
  ASSERT_FALSE(newer);
  EXPECT_EQ(newer.error().code, Errc::kInvalid);
  EXPECT_THAT(newer.error().message,
              HasSubstr(fmt::format("node b speaks version {} of the protocol between nodes; this "
                                    "one speaks version {}",
                                    kProtocolVersion + 2, kProtocolVersion)));
  EXPECT_FALSE(check_protocol("node b", kOldestProtocol - 1));
}

}  // namespace
}  // namespace dk::test
