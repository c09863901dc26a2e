// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/keras/hdf5_checker.hpp"

#include <algorithm>

namespace dk::model::hdf5 {

Result<Checker::Pending> Checker::entry(ByteReader& reader, std::span<const std::byte> names,
                                        std::size_t depth) {
  const auto name = reader.get<std::uint64_t>();
  Pending found{reader.get<std::uint64_t>(), depth, {}};
  const auto cache = reader.get<std::uint32_t>();
  const auto reserved = reader.get<std::uint32_t>();
  const Group group{reader.get<std::uint64_t>(), reader.get<std::uint64_t>()};
  if (cache == 2) return fail(Errc::kInvalid, "a symbolic link; only plain groups and datasets");
  if (!reader.ok() || cache > 1 || reserved != 0) return damaged("group entry", found.address);
  if (cache == 1) found.cached = group;
  if (names.empty()) return found;
  const auto rest = names.subspan(std::min<std::uint64_t>(name, names.size()));
  const auto stop = std::find(rest.begin(), rest.end(), std::byte{0});
  if (stop == rest.begin() || stop == rest.end()) return damaged("name", found.address);
  return found;
}

Result<void> Checker::global_heap(std::uint64_t address) {
  constexpr std::size_t kHead = 16;
  if (!inside(address, kHead)) return damaged("heap of strings", address);
  ByteReader head(file_.subspan(address, kHead));
  const bool signed_so = head.get<std::uint32_t>() == 0x4C4F4347;  // "GCOL"
  const auto version = head.get<std::uint32_t>();
  const auto size = head.get<std::uint64_t>();
  if (!signed_so || version != 1 || size < kHead) return damaged("heap of strings", address);
  DK_TRY_ASSIGN(auto reader, enter(address, size, "heap of strings"));
  reader.get_raw(kHead);
  auto& objects = global_heaps_[address];
  while (reader.remaining() >= kHead) {
    const auto rest = reader.remaining();
    const auto index = reader.get<std::uint16_t>();
    reader.get_raw(6);
    const auto length = reader.get<std::uint64_t>();
    if (index == 0) {
      return length == rest ? Result<void>() : damaged("heap of strings", address);
    }
    if (length > reader.remaining() || !objects.emplace(index, length).second) {
      return damaged("heap of strings", address);
    }
    reader.get_raw((length + 7) / 8 * 8);
    if (!reader.ok()) return damaged("heap of strings", address);
  }
  return {};
}

Result<void> Checker::group(const Group& group, std::size_t depth) {
  DK_TRY_ASSIGN(const auto names, local_heap(group.heap));
  return tree(group.tree, {}, names, depth);
}

Result<std::span<const std::byte>> Checker::local_heap(std::uint64_t address) {
  constexpr std::uint64_t kNoFreeBlock = 1;
  DK_TRY_ASSIGN(auto reader, enter(address, 32, "heap of names"));
  const bool signed_so = reader.get<std::uint32_t>() == 0x50414548;  // "HEAP"
  const auto version = reader.get<std::uint32_t>();
  const auto size = reader.get<std::uint64_t>();
  auto free_block = reader.get<std::uint64_t>();
  const auto data = reader.get<std::uint64_t>();
  if (!signed_so || version != 0 || size == 0) return damaged("heap of names", address);
  DK_TRY(enter(data, size, "heap of names"));
  const auto names = file_.subspan(data, size);
  std::uint64_t free_bytes = 0;
  while (free_block != kNoFreeBlock && free_block != kUndefined) {
    if (free_block > size || size - free_block < 16) return damaged("heap of names", address);
    ByteReader block(names.subspan(free_block, 16));
    const auto next = block.get<std::uint64_t>();
    const auto length = block.get<std::uint64_t>();
    if (length < 16 || length > size - free_block || length > size - free_bytes) {
      return damaged("heap of names", address);
    }
    free_bytes += length;
    free_block = next;
  }
  return names;
}

Result<void> Checker::tree(std::uint64_t address, std::optional<std::uint8_t> level,
                           std::span<const std::byte> names, std::size_t depth) {
  const std::size_t node_bytes = 24 + (4 * internal_k_ + 1) * 8;
  DK_TRY_ASSIGN(auto reader, enter(address, node_bytes, "group index"));
  const bool signed_so = reader.get<std::uint32_t>() == 0x45455254;  // "TREE"
  const auto type = reader.get<std::uint8_t>();
  const auto own_level = reader.get<std::uint8_t>();
  const auto used = reader.get<std::uint16_t>();
  const auto left = reader.get<std::uint64_t>();
  const auto right = reader.get<std::uint64_t>();
  const bool root = !level.has_value();
  const auto sibling = [&](std::uint64_t at) {
    return at == kUndefined || (!root && inside(at, node_bytes));
  };
  const std::size_t levels = 16;
  if (!signed_so || type != 0 || used > 2 * internal_k_ || own_level > levels ||
      (used == 0 && (own_level > 0 || !root)) || (level && *level != own_level) || !sibling(left) ||
      !sibling(right)) {
    return damaged("group index", address);
  }
  const auto key = [&] { return reader.get<std::uint64_t>() < names.size(); };
  if (!key()) return damaged("group index", address);
  for (std::uint16_t i = 0; i < used; ++i) {
    const auto child = reader.get<std::uint64_t>();
    if (!key()) return damaged("group index", address);
    if (own_level == 0) {
      DK_TRY(symbols(child, names, depth));
    } else {
      DK_TRY(tree(child, static_cast<std::uint8_t>(own_level - 1), names, depth));
    }
  }
  return {};
}

Result<void> Checker::symbols(std::uint64_t address, std::span<const std::byte> names,
                              std::size_t depth) {
  DK_TRY_ASSIGN(auto reader, enter(address, 8 + 2 * leaf_k_ * 40, "group"));
  const bool signed_so = reader.get<std::uint32_t>() == 0x444F4E53;  // "SNOD"
  const auto version = reader.get<std::uint16_t>();
  const auto count = reader.get<std::uint16_t>();
  if (!signed_so || version != 1 || count > 2 * leaf_k_) return damaged("group", address);
  for (std::uint16_t i = 0; i < count; ++i) {
    DK_TRY_ASSIGN(const auto found, entry(reader, names, depth + 1));
    pending_.push_back(found);
  }
  return {};
}

}  // namespace dk::model::hdf5
