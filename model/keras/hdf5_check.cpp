// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/keras/hdf5_check.hpp"

#include "base/bytes.hpp"
#include "model/keras/hdf5_messages.hpp"

#include <map>
#include <optional>
#include <set>
#include <vector>

namespace dk::model {
namespace {

using hdf5::kUndefined;

constexpr std::size_t kDeepest = 32;
constexpr std::size_t kSuperblockBytes = 96;
constexpr std::string_view kSignature = "\x89HDF\r\n\x1a\n";

enum Message : std::uint16_t {
  kNil = 0x00,
  kDataspace = 0x01,
  kDatatype = 0x03,
  kOldFillValue = 0x04,
  kFillValue = 0x05,
  kExternalFiles = 0x07,
  kLayout = 0x08,
  kFilters = 0x0B,
  kAttribute = 0x0C,
  kContinuation = 0x10,
  kSymbolTable = 0x11,
  kModificationTime = 0x12,
};

struct Group {
  std::uint64_t tree = 0;
  std::uint64_t heap = 0;
};

/// What an object header says.
struct Object {
  std::set<std::uint16_t> seen;
  std::optional<Group> group;
  std::optional<std::uint64_t> elements;
  std::optional<hdf5::Type> type;
  std::optional<std::uint64_t> value_bytes;
};

struct Chunk {
  std::uint64_t address = 0;
  std::uint64_t size = 0;
};

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

tl::unexpected<Error> damaged(std::string_view what, std::uint64_t address) {
  return fail(Errc::kCorrupt, "a damaged {} at byte {}", what, address);
}

Result<ByteReader> Checker::enter(std::uint64_t address, std::uint64_t size,
                                  std::string_view what) {
  if (!inside(address, size)) {
    return fail(Errc::kCorrupt, "a {} at byte {} that is not within the file", what, address);
  }
  walked_ += size;
  if (!visited_.insert(address).second || walked_ > 4 * end_) {
    return fail(Errc::kInvalid, "a {} at byte {} that several objects share", what, address);
  }
  return ByteReader(file_.subspan(address, size));
}

Result<void> Checker::run() {
  DK_TRY(superblock());
  while (!pending_.empty()) {
    const Pending next = pending_.back();
    pending_.pop_back();
    DK_TRY(object(next));
  }
  return {};
}

Result<void> Checker::superblock() {
  ByteReader reader(file_);
  const auto signature = reader.get_raw(kSignature.size());
  if (!reader.ok() || !std::equal(signature.begin(), signature.end(),
                                  std::as_bytes(std::span(kSignature)).begin())) {
    return fail(Errc::kInvalid, "not an HDF5 file: does not start with \\x89HDF");
  }
  const auto version = reader.get<std::uint8_t>();
  if (reader.ok() && version != 0) {
    return fail(Errc::kInvalid,
                "HDF5 format version {}; version 0 is read, which h5py writes by default", version);
  }
  const auto versions = reader.get<std::uint32_t>();
  const auto offset_bytes = reader.get<std::uint8_t>();
  const auto length_bytes = reader.get<std::uint8_t>();
  const auto reserved = reader.get<std::uint8_t>();
  leaf_k_ = reader.get<std::uint16_t>();
  internal_k_ = reader.get<std::uint16_t>();
  const auto flags = reader.get<std::uint32_t>();
  const auto base = reader.get<std::uint64_t>();
  const auto free_space = reader.get<std::uint64_t>();
  end_ = reader.get<std::uint64_t>();
  const auto driver = reader.get<std::uint64_t>();
  if (file_.size() < kSuperblockBytes || (reader.ok() && end_ > file_.size())) {
    return fail(Errc::kCorrupt, "cut off: {} of {} bytes", file_.size(),
                reader.ok() ? end_ : kSuperblockBytes);
  }
  const auto plausible = [](std::size_t k) { return k > 0 && k <= 1024; };
  if (versions != 0 || offset_bytes != 8 || length_bytes != 8 || reserved != 0 || flags != 0 ||
      base != 0 || free_space != kUndefined || driver != kUndefined || !plausible(leaf_k_) ||
      !plausible(internal_k_) || end_ < kSuperblockBytes) {
    return damaged("superblock", 0);
  }
  DK_TRY_ASSIGN(auto root, entry(reader, {}, 0));
  pending_.push_back(root);
  return {};
}

/// A symbol table entry: 40 bytes. Without `names` it is the root's.
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

Result<void> Checker::object(const Pending& pending) {
  constexpr std::size_t kPrefix = 16;
  if (pending.depth > kDeepest) {
    return fail(Errc::kInvalid, "groups nested deeper than {}", kDeepest);
  }
  DK_TRY_ASSIGN(auto reader, enter(pending.address, kPrefix, "object header"));
  const auto version = reader.get<std::uint16_t>();
  const auto count = reader.get<std::uint16_t>();
  const auto references = reader.get<std::uint32_t>();
  const auto size = reader.get<std::uint32_t>();
  if (version != 1) return damaged("object header, or one of a newer kind,", pending.address);
  if (references != 1) {
    return fail(Errc::kInvalid, "an object at byte {} with {} names; each may have one",
                pending.address, references);
  }
  Object object;
  std::size_t messages = 0;
  std::vector<Chunk> chunks{{pending.address + kPrefix, size}};
  for (std::size_t i = 0; i < chunks.size(); ++i) {
    DK_TRY(chunk(chunks[i], chunks, object, messages));
  }
  if (messages != count) return damaged("object header", pending.address);
  if (!object.group) return dataset(object);
  if (object.seen.contains(kDataspace) || object.seen.contains(kLayout)) {
    return damaged("group", pending.address);
  }
  if (pending.cached &&
      (pending.cached->tree != object.group->tree || pending.cached->heap != object.group->heap)) {
    return damaged("group entry", pending.address);
  }
  return group(*object.group, pending.depth);
}

Result<void> Checker::chunk(Chunk at, std::vector<Chunk>& chunks, Object& object,
                            std::size_t& count) {
  DK_TRY_ASSIGN(auto reader, enter(at.address, at.size, "object header"));
  while (reader.remaining() > 0) {
    const auto type = reader.get<std::uint16_t>();
    const auto size = reader.get<std::uint16_t>();
    const auto flags = reader.get<std::uint8_t>();
    reader.get_raw(3);
    const auto body = reader.get_raw(size);
    if (!reader.ok() || size % 8 != 0) return damaged("object header", at.address);
    if ((flags & ~5U) != 0) return fail(Errc::kInvalid, "a type or value shared between objects");
    ++count;
    if (type == kNil) continue;
    if (type == kContinuation) {
      ByteReader place(body);
      chunks.push_back({place.get<std::uint64_t>(), place.get<std::uint64_t>()});
      if (!place.ok()) return damaged("object header", at.address);
      continue;
    }
    if (type != kAttribute && !object.seen.insert(type).second) {
      return damaged("object header", at.address);
    }
    DK_TRY(message(type, body, object));
  }
  return {};
}

Result<void> Checker::message(std::uint16_t type, std::span<const std::byte> body, Object& object) {
  ByteReader reader(body);
  switch (type) {
    case kDataspace: {
      DK_TRY_ASSIGN(object.elements, hdf5::read_dataspace(reader));
      return {};
    }
    case kDatatype: {
      DK_TRY_ASSIGN(object.type, hdf5::read_datatype(reader));
      return {};
    }
    case kFillValue:
      return hdf5::read_fill_value(reader);
    case kLayout:
      return layout(reader, object);
    case kAttribute:
      return attribute(body);
    case kModificationTime:
      if (reader.get<std::uint32_t>() != 1 || body.size() < 8) return damaged("time", 0);
      return {};
    case kSymbolTable:
      object.group = Group{reader.get<std::uint64_t>(), reader.get<std::uint64_t>()};
      return reader.ok() ? Result<void>() : damaged("group", 0);
    case kOldFillValue: {
      const auto size = reader.get<std::uint32_t>();
      if (size > 8 || size > reader.remaining()) return damaged("fill value", 0);
      return {};
    }
    case kFilters:
      return fail(Errc::kInvalid, "compressed or filtered datasets");
    case kExternalFiles:
      return fail(Errc::kInvalid, "datasets in external files");
    default:
      return fail(Errc::kInvalid,
                  "HDF5 header message {:#06x}; only what h5py writes by default is read", type);
  }
}

Result<void> Checker::attribute(std::span<const std::byte> body) {
  DK_TRY_ASSIGN(const auto attribute, hdf5::read_attribute(body));
  std::uint64_t bytes = 0;
  for (const auto& text : attribute.texts) {
    bytes += text.length;
    if (bytes > end_) return fail(Errc::kInvalid, "an attribute larger than the file");
    if (text.length == 0 && (text.collection == 0 || text.collection == kUndefined)) continue;
    if (!global_heaps_.contains(text.collection)) DK_TRY(global_heap(text.collection));
    const auto& objects = global_heaps_[text.collection];
    const auto found = objects.find(text.index);
    if (found == objects.end() || found->second < text.length) {
      return damaged("attribute " + attribute.name + ": string", text.collection);
    }
  }
  return {};
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

Result<void> Checker::layout(ByteReader& reader, Object& object) {
  const auto version = reader.get<std::uint8_t>();
  const auto kind = reader.get<std::uint8_t>();
  if (!reader.ok() || version != 3) return damaged("layout, or one of another version,", 0);
  if (kind == 2) return fail(Errc::kInvalid, "chunked datasets; Keras writes contiguous ones");
  if (kind == 3) return fail(Errc::kInvalid, "virtual datasets");
  if (kind == 0) {
    object.value_bytes = reader.get<std::uint16_t>();
    reader.get_raw(*object.value_bytes);
    return reader.ok() ? Result<void>() : damaged("layout", 0);
  }
  const auto address = reader.get<std::uint64_t>();
  object.value_bytes = reader.get<std::uint64_t>();
  const bool nothing = *object.value_bytes == 0 && address == kUndefined;
  if (kind != 1 || !reader.ok() || !(nothing || inside(address, *object.value_bytes))) {
    return fail(Errc::kCorrupt, "a dataset that is not within the file");
  }
  return {};
}

Result<void> Checker::dataset(const Object& object) const {
  if (!object.elements || !object.type || !object.value_bytes) {
    return fail(Errc::kInvalid, "an object that is neither a plain group nor a dataset");
  }
  if (object.type->variable_text) return fail(Errc::kInvalid, "datasets of strings");
  if (*object.elements * object.type->size != *object.value_bytes) {
    return fail(Errc::kCorrupt, "a dataset of {} values of {} bytes that takes {} bytes",
                *object.elements, object.type->size, *object.value_bytes);
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

}  // namespace

Result<void> check_hdf5(std::span<const std::byte> file, std::string_view source) {
  if (auto checked = Checker(file).run(); !checked) return fail_in(source, checked.error());
  return {};
}

}  // namespace dk::model
