// SPDX-License-Identifier: GPL-3.0-or-later
#include "apps/dk-submit/npy.hpp"

#include "base/bytes.hpp"
#include "base/files.hpp"

#include <charconv>
#include <optional>
#include <string_view>

namespace dk::submit {
namespace {

using namespace std::string_view_literals;
constexpr auto kMagic = "\x93NUMPY"sv;
constexpr std::size_t kMostBytes = std::size_t{16} << 30;
constexpr std::size_t kAlignment = 64;

/// What stands behind `'key':` in the header's dictionary, up to `end`.
std::string_view value_of(std::string_view header, std::string_view key, char end) {
  const auto at = header.find(key);
  if (at == std::string_view::npos) return {};
  auto value = header.substr(at + key.size());
  value = value.substr(std::min(value.size(), value.find_first_not_of(": ")));
  return value.substr(0, value.find(end));
}

std::optional<std::vector<std::size_t>> parse_shape(std::string_view text) {
  if (!text.starts_with('(')) return {};
  text.remove_prefix(1);
  std::vector<std::size_t> shape;
  while (true) {
    const auto first = text.find_first_not_of(", ");
    if (first == std::string_view::npos) return shape;
    text.remove_prefix(first);
    std::size_t axis = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), axis);
    if (error != std::errc{} || shape.size() == 32) return {};
    shape.push_back(axis);
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  }
}

template <class T>
std::vector<float> convert(std::string_view data, std::size_t count) {
  std::vector<float> values(count);
  for (std::size_t i = 0; i < count; ++i) {
    T value{};
    std::memcpy(&value, data.data() + i * sizeof value, sizeof value);
    values[i] = static_cast<float>(value);
  }
  return values;
}

std::size_t item_size(std::string_view type) {
  if (type == "<f4") return 4;
  if (type == "<f8") return 8;
  return type == "|u1" ? 1 : 0;
}

/// The product of the axes if that many items are there, and nothing else.
bool fits(const std::vector<std::size_t>& shape, std::size_t item, std::size_t bytes) {
  std::size_t count = 1;
  for (const auto axis : shape) {
    if (axis != 0 && count > kMostBytes / axis) return false;
    count *= axis;
  }
  return count * item == bytes;
}

}  // namespace

Result<FloatArray> read_npy(const std::filesystem::path& path) {
  DK_TRY_ASSIGN(const auto file, read_file(path, kMostBytes));
  const auto bad = [&path](std::string_view why) {
    return fail(Errc::kInvalid, "{}: {}", path.string(), why);
  };
  ByteReader reader(std::as_bytes(std::span(file)));
  const auto magic = reader.get_raw(kMagic.size());
  if (std::string_view(reinterpret_cast<const char*>(magic.data()), magic.size()) != kMagic) {
    return bad("not a .npy file");
  }
  const auto major = reader.get<std::uint8_t>();
  reader.get<std::uint8_t>();
  const std::size_t length = major == 1 ? reader.get<std::uint16_t>() : reader.get<std::uint32_t>();
  const auto raw = reader.get_raw(length);
  if (!reader.ok()) return bad("the .npy header is cut off");
  const std::string_view header(reinterpret_cast<const char*>(raw.data()), raw.size());

  auto type = value_of(header, "'descr'", ',');
  type = type.size() > 2 ? type.substr(1, type.size() - 2) : ""sv;
  const auto size = item_size(type);
  if (size == 0) {
    return bad(fmt::format("element type '{}' is not supported; allowed: <f4, <f8, |u1",
                           type.substr(0, 40)));
  }
  if (!value_of(header, "'fortran_order'", ',').starts_with("False")) {
    return bad("the array is in Fortran order; save it with numpy.ascontiguousarray");
  }
  const auto shape = parse_shape(value_of(header, "'shape'", ')'));
  if (!shape) return bad("the .npy header has no shape");
  const auto data = std::string_view(file).substr(file.size() - reader.remaining());
  if (!fits(*shape, size, data.size())) return bad("the data does not have the header's shape");
  const auto count = data.size() / size;
  auto values = size == 4   ? convert<float>(data, count)
                : size == 8 ? convert<double>(data, count)
                            : convert<std::uint8_t>(data, count);
  return FloatArray{*shape, std::move(values)};
}

Result<void> write_npy(const std::filesystem::path& path, const std::vector<std::size_t>& shape,
                       std::span<const float> values) {
  std::string axes;
  for (const auto axis : shape) axes += fmt::format("{}, ", axis);
  std::string header =
      fmt::format("{{'descr': '<f4', 'fortran_order': False, 'shape': ({}), }}", axes);
  const std::size_t before = kMagic.size() + 4;
  header.append(kAlignment - (before + header.size() + 1) % kAlignment, ' ').push_back('\n');
  ByteWriter writer;
  writer.put_raw(std::as_bytes(std::span(kMagic)));
  writer.put(std::uint8_t{1});
  writer.put(std::uint8_t{0});
  writer.put(static_cast<std::uint16_t>(header.size()));
  writer.put_raw(std::as_bytes(std::span(header)));
  writer.put_raw(std::as_bytes(values));
  return write_file_atomic(path, writer.bytes());
}

}  // namespace dk::submit
