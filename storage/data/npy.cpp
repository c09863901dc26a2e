// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage/data/npy.hpp"

#include "base/bytes.hpp"
#include "base/files.hpp"
#include "storage/data/byte_source.hpp"

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

Result<void> write_npy(const std::filesystem::path& path, std::span<const std::size_t> shape,
                       std::span<const float> values) {
  return write_file_atomic(path, npy_file(shape, values));
}

}  // namespace dk::storage
