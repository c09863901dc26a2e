// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/keras/hdf5_check.hpp"

#include "model/keras/hdf5_checker.hpp"

#include <algorithm>

namespace dk::model {
namespace hdf5 {
namespace {

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

}  // namespace

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
      DK_TRY_ASSIGN(object.elements, read_dataspace(reader));
      return {};
    }
    case kDatatype: {
      DK_TRY_ASSIGN(object.type, read_datatype(reader));
      return {};
    }
    case kFillValue:
      return read_fill_value(reader);
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
  DK_TRY_ASSIGN(const auto attribute, read_attribute(body));
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

}  // namespace hdf5

Result<void> check_hdf5(std::span<const std::byte> file, std::string_view source) {
  if (auto checked = hdf5::Checker(file).run(); !checked) return fail_in(source, checked.error());
  return {};
}

}  // namespace dk::model
