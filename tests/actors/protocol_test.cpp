// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/protocol.hpp"

#include "base/files.hpp"
#include "tests/actors/wire_layout.hpp"
#include "tests/support/deterministic_system.hpp"
#include "tests/support/seed.hpp"

#include <caf/all.hpp>

#include <cstdlib>

namespace dk::test {
namespace {

template <class... Ts>
void for_each_alternative(const std::variant<Ts...>&, WireLayout& layout) {
  (static_cast<void>(layout.name_of<Ts>()), ...);
}

class Protocol : public DeterministicTest {
 protected:
  using Bytes = std::vector<char>;

  template <class T>
  Bytes bytes_of(const T& value) {
    Bytes bytes;
    caf::binary_serializer sink{*system, bytes};
    EXPECT_FALSE(sink(const_cast<T&>(value)));
    return bytes;
  }

  template <class T>
  bool read(const Bytes& bytes, T& value) {
    caf::binary_deserializer source{*system, bytes};
    return !source(value);
  }

  template <caf::type_id_t Id>
  void comes_back() {
    using T = typename caf::type_by_id<Id>::type;
    const T sent{};
    T received{};
    const auto bytes = bytes_of(sent);
    EXPECT_TRUE(read(bytes, received)) << caf::type_name_by_id<Id>::value;
    EXPECT_EQ(bytes_of(received), bytes) << caf::type_name_by_id<Id>::value;
  }

  template <caf::type_id_t Id>
  void survives(const Bytes& garbage) {
    typename caf::type_by_id<Id>::type value{};
    static_cast<void>(read(garbage, value));
  }

  template <class Visit>
  static void for_each_type(Visit visit) {
    constexpr auto begin = caf::id_block::dk::begin;
    constexpr auto end = caf::id_block::dk::end;
    [&]<std::size_t... Is>(std::index_sequence<Is...>) {
      (visit(std::integral_constant<caf::type_id_t, static_cast<caf::type_id_t>(begin + Is)>{}),
       ...);
    }
    (std::make_index_sequence<end - begin>{});
  }
};

TEST_F(Protocol, EveryRegisteredTypeComesBackFromTheWire) {
  for_each_type([this](auto id) { comes_back<decltype(id)::value>(); });
}

TEST_F(Protocol, AMessageKeepsItsNestedParts) {
  const WorkReport sent{Incarnation(3),
                        {{WorkerId(1), Incarnation(4), 5, 6, 0.5, 7, {8, 9}}},
                        {{WorkerId(1), Incarnation(4), 9, {10, 11}}},
                        12};
  WorkReport received;
  ASSERT_TRUE(read(bytes_of(sent), received));
  EXPECT_EQ(received.done.at(0).block, 6U);
  EXPECT_EQ(received.done.at(0).loss_sum, 0.5);
  EXPECT_EQ(received.done.at(0).metrics, (std::vector<double>{8, 9}));
  EXPECT_EQ(received.workers.at(0).leases, (std::vector<std::uint64_t>{10, 11}));
  EXPECT_EQ(received.duplicates_dropped, 12U);
}

/// A message's first fields are those of its first release for ever, because nodes of two versions
/// talk: a line of the file may grow at its end, behind the +, and nothing else in it may change.
/// DK_REWRITE_GOLDEN=1 writes it anew.
TEST_F(Protocol, EveryMessageIsLaidOutAsInItsFirstRelease) {
  WireLayout layout;
  for_each_type([&](auto id) {
    using T = typename caf::type_by_id<decltype(id)::value>::type;
    if constexpr (!std::is_empty_v<T>) static_cast<void>(layout.name_of<T>());
  });
  for_each_alternative(ShardOperation{}.what, layout);
  const auto text = layout.text();
  if (std::getenv("DK_REWRITE_GOLDEN") != nullptr) {
    ASSERT_TRUE(write_file_atomic(DK_WIRE_LAYOUT, std::as_bytes(std::span(text))));
  }
  EXPECT_EQ(text, read_file(DK_WIRE_LAYOUT).value_or("there is no such file"));
}

TEST_F(Protocol, ATensorKeepsItsFloats) {
  auto floats = allocate_floats(3);
  for (int i = 0; i < 3; ++i) floats.get()[i] = 1.5F * static_cast<float>(i);
  const Tensor sent(floats, 3);
  Tensor received;
  ASSERT_TRUE(read(bytes_of(sent), received));
  EXPECT_EQ(received, sent);
}

TEST_F(Protocol, ATensorThatClaimsTooMuchIsRefusedBeforeItCostsMemory) {
  Tensor received;
  for (const std::uint32_t claim : {std::uint32_t{Tensor::kMaxFloats + 1}, 0xffffffffU})
    EXPECT_FALSE(read(bytes_of(claim), received));
  EXPECT_EQ(received.size(), 0U);
}

TEST_F(Protocol, ACutOffTensorIsRefused) {
  const Tensor sent(allocate_floats(4), 4);
  auto bytes = bytes_of(sent);
  bytes.pop_back();
  Tensor received;
  EXPECT_FALSE(read(bytes, received));
}

TEST_F(Protocol, GarbageNeverCrashesAReader) {
  std::mt19937_64 random(dk::testing::test_seed(1));
  for (int round = 0; round < 2000; ++round) {
    Bytes garbage(random() % 64);
    // Small numbers make plausible lengths.
    for (auto& byte : garbage)
      byte = static_cast<char>(random() % 4 == 0 ? random() : random() % 4);
    for_each_type([&](auto id) { survives<decltype(id)::value>(garbage); });
  }
}

}  // namespace
}  // namespace dk::test
