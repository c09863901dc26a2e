// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage/data/idx.hpp"

#include "storage/data/byte_source.hpp"
#include "storage/data/flat_array.hpp"

#include <array>
#include <string>

namespace dk::storage {
namespace {

constexpr std::uint8_t kUnsignedByte = 0x08;

std::string type_name(unsigned type) {
  switch (type) {
    case 0x08:
      return "unsigned byte";
    case 0x09:
      return "signed byte";
    case 0x0B:
      return "16-bit integer";
    case 0x0C:
      return "32-bit integer";
    case 0x0D:
      return "32-bit float";
    case 0x0E:
      return "64-bit float";
    default:
      return "unknown";
  }
}

/// Four bytes, or kCorrupt that names where they are missing.
Result<std::array<unsigned, 4>> read_four(ByteSource& source) {
  std::array<std::byte, 4> raw{};
  DK_TRY_ASSIGN(const auto count, source.read(raw));
  if (count < raw.size()) {
    return fail(Errc::kCorrupt, "{}: ends at byte {}, within the IDX header",
                source.path().string(), source.offset());
  }
  std::array<unsigned, 4> values{};
  for (std::size_t i = 0; i < raw.size(); ++i) values[i] = std::to_integer<unsigned>(raw[i]);
  return values;
}

/// The number of dimensions, after the magic number was checked.
Result<unsigned> read_magic(ByteSource& source) {
  DK_TRY_ASSIGN(const auto magic, read_four(source));
  const auto name = source.path().string();
  if (magic[0] != 0 || magic[1] != 0) {
    return fail(Errc::kInvalid,
                "{}: not an IDX file: starts with bytes {:02x} {:02x}, not with 00 00", name,
                magic[0], magic[1]);
  }
  if (magic[2] != kUnsignedByte) {
    return fail(Errc::kInvalid,
                "{}: byte 2: IDX type 0x{:02x} ({}); only 0x08 (unsigned byte) is read", name,
                magic[2], type_name(magic[2]));
  }
  if (magic[3] == 0) return fail(Errc::kInvalid, "{}: byte 3: an IDX array of 0 dimensions", name);
  return magic[3];
}

Result<std::vector<std::size_t>> read_shape(ByteSource& source, std::size_t most_bytes) {
  DK_TRY_ASSIGN(const auto rank, read_magic(source));
  std::vector<std::size_t> shape;
  std::size_t total = 1;
  for (unsigned i = 0; i < rank; ++i) {
    const auto where = source.offset();
    DK_TRY_ASSIGN(const auto raw, read_four(source));
    const std::size_t size = raw[0] << 24 | raw[1] << 16 | raw[2] << 8 | raw[3];
    if (size == 0 || size > most_bytes / total) {
      return fail(Errc::kInvalid,
                  "{}: byte {}: dimension {} of {} has size {}; allowed are 1 to {}",
                  source.path().string(), where, i + 1, rank, size, most_bytes / total);
    }
    total *= size;
    shape.push_back(size);
  }
  return shape;
}

}  // namespace

Result<IdxArray> read_idx(const std::filesystem::path& path, std::size_t most_bytes) {
  DK_TRY_ASSIGN(auto source, ByteSource::open(path));
  IdxArray array;
  DK_TRY_ASSIGN(array.shape, read_shape(source, most_bytes));
  std::size_t total = 1;
  for (const auto size : array.shape) total *= size;
  DK_TRY(source.read_rest(total, array.values));
  return array;
}

Result<std::unique_ptr<ArrayFile>> open_idx(const std::filesystem::path& path, const std::string&,
                                            FileAccess& access) {
  DK_TRY_ASSIGN(auto source, ByteSource::open(path));
  DK_TRY_ASSIGN(auto shape, read_shape(source, kMostArrayBytes));
  DK_TRY_ASSIGN(auto file, ByteFile::open(path, access));
  return FlatArray::make(path.string(), std::move(shape), "|u1", std::move(file), source.offset());
}

}  // namespace dk::storage
