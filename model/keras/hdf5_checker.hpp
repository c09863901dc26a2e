// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/bytes.hpp"
#include "model/keras/hdf5_messages.hpp"

#include <map>
#include <optional>
#include <set>
#include <span>
#include <string_view>
#include <vector>

namespace dk::model::hdf5 {

struct Group {
  std::uint64_t tree = 0;
  std::uint64_t heap = 0;
};

/// What an object header says.
struct Object {
  std::set<std::uint16_t> seen;
  std::optional<Group> group;
  std::optional<std::uint64_t> elements;
  std::optional<Type> type;
  std::optional<std::uint64_t> value_bytes;
};

struct Chunk {
  std::uint64_t address = 0;
  std::uint64_t size = 0;
};

/// The walk of `check_hdf5`. Every structure is entered once, so that it ends; what it has read is
/// at most four times the file.
class Checker {
 public:
  explicit Checker(std::span<const std::byte> file) : file_(file) {}
  Result<void> run();

 private:
  struct Pending {
    std::uint64_t address = 0;
    std::size_t depth = 0;
    std::optional<Group> cached;
  };

  /// These bytes, if they lie in the file; each structure only once, so that the walk ends.
  Result<ByteReader> enter(std::uint64_t address, std::uint64_t size, std::string_view what);
  [[nodiscard]] bool inside(std::uint64_t address, std::uint64_t size) const {
    return address != 0 && address <= end_ && size <= end_ - address;
  }
  Result<void> superblock();
  Result<void> object(const Pending& pending);
  Result<void> chunk(Chunk at, std::vector<Chunk>& chunks, Object& object, std::size_t& count);
  Result<void> message(std::uint16_t type, std::span<const std::byte> body, Object& object);
  Result<void> attribute(std::span<const std::byte> body);
  Result<void> layout(ByteReader& reader, Object& object);
  Result<void> dataset(const Object& object) const;
  Result<void> global_heap(std::uint64_t address);
  Result<void> group(const Group& group, std::size_t depth);
  Result<std::span<const std::byte>> local_heap(std::uint64_t address);
  Result<void> tree(std::uint64_t address, std::optional<std::uint8_t> level,
                    std::span<const std::byte> names, std::size_t depth);
  Result<void> symbols(std::uint64_t address, std::span<const std::byte> names, std::size_t depth);
  Result<Pending> entry(ByteReader& reader, std::span<const std::byte> names, std::size_t depth);

  std::span<const std::byte> file_;
  std::uint64_t end_ = 0;
  std::size_t leaf_k_ = 0;
  std::size_t internal_k_ = 0;
  std::uint64_t walked_ = 0;
  std::set<std::uint64_t> visited_;
  std::vector<Pending> pending_;
  std::map<std::uint64_t, std::map<std::uint32_t, std::uint64_t>> global_heaps_;
};

/// A structure that is not as it should be.
[[nodiscard]] inline tl::unexpected<Error> damaged(std::string_view what, std::uint64_t address) {
  return fail(Errc::kCorrupt, "a damaged {} at byte {}", what, address);
}

}  // namespace dk::model::hdf5
