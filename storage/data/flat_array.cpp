// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage/data/flat_array.hpp"

#include "base/bytes.hpp"

#include <algorithm>

namespace dk::storage {

std::size_t ArrayFile::row_size() const {
  std::size_t size = 1;
  for (std::size_t i = 1; i < shape_.size(); ++i) size *= shape_[i];
  return size;
}

FlatArray::FlatArray(std::string name, NpyHeader header, std::shared_ptr<const ByteFile> file,
                     std::uint64_t begin, std::size_t value_bytes)
    : ArrayFile(std::move(name), header.shape),
      header_(std::move(header)),
      file_(std::move(file)),
      begin_(begin),
      value_bytes_(value_bytes) {}

Result<std::unique_ptr<ArrayFile>> FlatArray::make(std::string name, std::vector<std::size_t> shape,
                                                   std::string type,
                                                   std::shared_ptr<const ByteFile> file,
                                                   std::uint64_t begin) {
  NpyHeader header{std::move(type), std::move(shape)};
  DK_TRY_ASSIGN(const auto bytes, npy_value_bytes(header, kMostArrayBytes, name));
  if (file->size() - std::min(begin, file->size()) != bytes) {
    return fail(Errc::kCorrupt, "{}: {} bytes of values should follow byte {}, but there are {}",
                name, bytes, begin, file->size() - std::min(begin, file->size()));
  }
  std::size_t values = 1;
  for (const auto size : header.shape) values *= size;
  return std::unique_ptr<ArrayFile>(
      new FlatArray(std::move(name), std::move(header), std::move(file), begin, bytes / values));
}

Result<void> FlatArray::read(std::uint64_t first, std::size_t count, std::span<float> out) const {
  const auto bytes = count * row_size() * value_bytes_;
  Bytes raw(bytes);
  DK_TRY(file_->read(begin_ + first * row_size() * value_bytes_, raw));
  if (is_bytes()) {
    std::transform(raw.begin(), raw.end(), out.begin(),
                   [](std::byte value) { return static_cast<float>(value); });
  } else {
    const auto floats = npy_floats(header_, raw);
    std::copy(floats.begin(), floats.end(), out.begin());
  }
  return {};
}

}  // namespace dk::storage
