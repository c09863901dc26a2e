// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage/data/npy.hpp"

#include "base/bytes.hpp"
#include "base/files.hpp"
#include "storage/data/byte_source.hpp"
#include "storage/data/flat_array.hpp"

namespace dk::storage {
namespace {

/// Appends `size` bytes.
Result<void> read_more(ByteSource& source, std::size_t size, Bytes& bytes) {
  const auto begin = bytes.size();
  bytes.resize(begin + size);
  DK_TRY_ASSIGN(const auto count, source.read(std::span(bytes).subspan(begin)));
  bytes.resize(begin + count);
  return {};
}

Result<NpyHeader> read_header(ByteSource& source) {
  const auto name = source.path().string();
  Bytes bytes;
  DK_TRY(read_more(source, kNpyStartBytes, bytes));
  DK_TRY_ASSIGN(const auto size, npy_header_size(bytes, name));
  DK_TRY(read_more(source, size - bytes.size(), bytes));
  if (bytes.size() < size) {
    return fail(Errc::kCorrupt, "{}: ends at byte {}, within the NPY header", name, bytes.size());
  }
  return parse_npy_header(bytes, name);
}

}  // namespace

Result<NpyArray> read_npy(const std::filesystem::path& path, std::size_t most_bytes) {
  DK_TRY_ASSIGN(auto source, ByteSource::open(path));
  DK_TRY_ASSIGN(auto header, read_header(source));
  DK_TRY_ASSIGN(const auto bytes, npy_value_bytes(header, most_bytes, path.string()));
  Bytes raw;
  DK_TRY(source.read_rest(bytes, raw));
  auto values = npy_floats(header, raw);
  return NpyArray{std::move(header.shape), std::move(values)};
}

Result<std::unique_ptr<ArrayFile>> open_npy(const std::filesystem::path& path, const std::string&,
                                            FileAccess& access) {
  DK_TRY_ASSIGN(auto file, ByteFile::open(path, access));
  return open_npy_bytes(path.string(), std::move(file));
}

Result<std::unique_ptr<ArrayFile>> open_npy_bytes(const std::string& name,
                                                  std::shared_ptr<const ByteFile> file) {
  Bytes start(kNpyStartBytes);
  DK_TRY_ASSIGN(auto count, file->read_some(0, start));
  start.resize(count);
  DK_TRY_ASSIGN(const auto size, npy_header_size(start, name));
  start.resize(size);
  DK_TRY_ASSIGN(count, file->read_some(0, start));
  if (count < size) {
    return fail(Errc::kCorrupt, "{}: ends at byte {}, within the NPY header", name, count);
  }
  DK_TRY_ASSIGN(auto header, parse_npy_header(start, name));
  DK_TRY(npy_value_bytes(header, kMostArrayBytes, name));
  if (header.shape.empty()) return fail(Errc::kInvalid, "{}: one value, no rows", name);
  return FlatArray::make(name, std::move(header.shape), header.type, std::move(file), size);
}

Result<void> write_npy(const std::filesystem::path& path, std::span<const std::size_t> shape,
                       std::span<const float> values) {
  return write_file_atomic(path, npy_file(shape, values));
}

}  // namespace dk::storage
