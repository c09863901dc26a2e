// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage/data/npy.hpp"

#include "base/bytes.hpp"
#include "base/check.hpp"
#include "base/files.hpp"
#include "storage/data/byte_source.hpp"

#include <charconv>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

namespace dk::storage {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr std::size_t kMostHeaderBytes = 1 << 16;
constexpr std::size_t kMostDimensions = 32;
constexpr std::size_t kAlignment = 64;

struct Header {
  std::string type;
  bool fortran_order = false;
  std::vector<std::size_t> shape;
};

/// Reads the one Python dictionary that NumPy writes: these three keys in any order, nothing else.
class HeaderParser {
 public:
  explicit HeaderParser(std::string_view text) : rest_(text) {}

  /// Nothing unless the whole text is such a dictionary.
  std::optional<Header> parse() {
    Header header;
    int seen = 0;
    if (!take("{")) return std::nullopt;
    while (!take("}")) {
      const int key = parse_entry(header);
      if (key == 0 || (seen & key) != 0) return std::nullopt;
      seen |= key;
      if (!take(",") && !next_is('}')) return std::nullopt;
    }
    skip_space();
    if (seen != 7 || !rest_.empty()) return std::nullopt;
    return header;
  }

 private:
  /// 1, 2 or 4 for the key that was read; 0 if there is none.
  int parse_entry(Header& header) {
    const auto key = quoted();
    if (!key || !take(":")) return 0;
    if (*key == "descr") {
      const auto type = quoted();
      if (!type) return 0;
      header.type = *type;
      return 1;
    }
    if (*key == "fortran_order") {
      header.fortran_order = take("True");
      return header.fortran_order || take("False") ? 2 : 0;
    }
    return *key == "shape" && parse_shape(header.shape) ? 4 : 0;
  }

  bool parse_shape(std::vector<std::size_t>& shape) {
    if (!take("(")) return false;
    while (!take(")")) {
      std::size_t size = 0;
      skip_space();
      const auto [end, code] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), size);
      if (code != std::errc() || shape.size() == kMostDimensions) return false;
      rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
      shape.push_back(size);
      if (!take(",") && (shape.size() == 1 || !next_is(')'))) return false;
    }
    return true;
  }

  std::optional<std::string> quoted() {
    if (!take("'")) return std::nullopt;
    const auto end = rest_.find('\'');
    if (end == std::string_view::npos) return std::nullopt;
    std::string text(rest_.substr(0, end));
    rest_.remove_prefix(end + 1);
    return text;
  }

  void skip_space() {
    const auto count = rest_.find_first_not_of(" \n");
    rest_.remove_prefix(count == std::string_view::npos ? rest_.size() : count);
  }
  bool next_is(char wanted) {
    skip_space();
    return !rest_.empty() && rest_.front() == wanted;
  }
  bool take(std::string_view wanted) {
    skip_space();
    if (!rest_.starts_with(wanted)) return false;
    rest_.remove_prefix(wanted.size());
    return true;
  }

  std::string_view rest_;
};

Result<std::string> read_text(ByteSource& source, std::size_t size) {
  std::string text(size, '\0');
  DK_TRY_ASSIGN(const auto count, source.read(std::as_writable_bytes(std::span(text))));
  if (count == size) return text;
  return fail(Errc::kCorrupt, "{}: ends at byte {}, within the NPY header", source.path().string(),
              source.offset());
}

Result<std::size_t> read_header_size(ByteSource& source) {
  DK_TRY_ASSIGN(const auto start, read_text(source, kMagic.size() + 2));
  const auto name = source.path().string();
  if (!start.starts_with(kMagic)) {
    return fail(Errc::kInvalid, "{}: not an NPY file: does not start with \\x93NUMPY", name);
  }
  const int version = static_cast<unsigned char>(start[kMagic.size()]);
  if (version < 1 || version > 3 || start.back() != 0) {
    return fail(Errc::kInvalid, "{}: NPY version {}.{}; 1.0, 2.0 and 3.0 are read", name, version,
                static_cast<unsigned char>(start.back()));
  }
  DK_TRY_ASSIGN(const auto raw, read_text(source, version == 1 ? 2 : 4));
  std::size_t size = 0;
  for (std::size_t i = raw.size(); i > 0; --i) {
    size = size << 8 | static_cast<unsigned char>(raw[i - 1]);
  }
  if (size <= kMostHeaderBytes) return size;
  return fail(Errc::kInvalid, "{}: an NPY header of {} bytes; at most {} are allowed", name, size,
              kMostHeaderBytes);
}

Result<Header> read_header(ByteSource& source) {
  DK_TRY_ASSIGN(const auto size, read_header_size(source));
  const auto begin = source.offset();
  DK_TRY_ASSIGN(const auto text, read_text(source, size));
  auto header = HeaderParser(text).parse();
  if (!header) {
    return fail(Errc::kCorrupt, "{}: byte {}: not an NPY header: {}", source.path().string(), begin,
                text.substr(0, 100));
  }
  if (header->fortran_order) {
    return fail(Errc::kInvalid, "{}: in Fortran order; save it with numpy.ascontiguousarray(...)",
                source.path().string());
  }
  return std::move(*header);
}

template <class T>
void convert(std::span<const std::byte> from, std::vector<float>& to) {
  to.resize(from.size() / sizeof(T));
  for (std::size_t i = 0; i < to.size(); ++i) {
    T value;
    std::memcpy(&value, from.data() + i * sizeof(T), sizeof value);
    to[i] = static_cast<float>(value);
  }
}

struct Type {
  std::string_view name;
  std::size_t size;
  void (*convert)(std::span<const std::byte>, std::vector<float>&);
};

constexpr Type kTypes[] = {{"<f4", 4, convert<float>},
                           {"<f8", 8, convert<double>},
                           {"<i4", 4, convert<std::int32_t>},
                           {"<i8", 8, convert<std::int64_t>},
                           {"|u1", 1, convert<std::uint8_t>}};

Result<Type> find_type(const std::string& name, const std::filesystem::path& path) {
  for (const auto& type : kTypes) {
    if (type.name == name) return type;
  }
  return fail(Errc::kInvalid,
              "{}: type '{}'; read are <f4, <f8, <i4, <i8 and |u1 (float32, float64, int32, int64, "
              "uint8)",
              path.string(), name);
}

}  // namespace

Result<NpyArray> read_npy(const std::filesystem::path& path, std::size_t most_bytes) {
  DK_TRY_ASSIGN(auto source, ByteSource::open(path));
  DK_TRY_ASSIGN(auto header, read_header(source));
  DK_TRY_ASSIGN(const auto type, find_type(header.type, path));
  std::size_t bytes = type.size;
  for (const auto size : header.shape) {
    if (size == 0 || size > most_bytes / bytes) {
      return fail(Errc::kInvalid, "{}: a dimension of size {}; allowed are 1 to {}", path.string(),
                  size, most_bytes / bytes);
    }
    bytes *= size;
  }
  Bytes raw;
  DK_TRY(source.read_rest(bytes, raw));
  NpyArray array;
  array.shape = std::move(header.shape);
  type.convert(raw, array.values);
  return array;
}

Result<void> write_npy(const std::filesystem::path& path, std::span<const std::size_t> shape,
                       std::span<const float> values) {
  std::string dimensions;
  std::size_t count = 1;
  for (const auto size : shape) {
    dimensions += fmt::format("{}, ", size);
    count *= size;
  }
  DK_CHECK(count == values.size(), "the shape's product is the number of values");
  if (shape.size() > 1) dimensions.resize(dimensions.size() - 2);
  auto header =
      fmt::format("{{'descr': '<f4', 'fortran_order': False, 'shape': ({}), }}", dimensions);
  const auto unpadded = kMagic.size() + 4 + header.size() + 1;
  header.append((kAlignment - unpadded % kAlignment) % kAlignment, ' ');
  header.push_back('\n');
  ByteWriter out;
  out.put_raw(std::as_bytes(std::span(kMagic)));
  out.put(std::uint8_t{1});
  out.put(std::uint8_t{0});
  out.put(static_cast<std::uint16_t>(header.size()));
  out.put_raw(std::as_bytes(std::span(header)));
  out.put_raw(std::as_bytes(values));
  return write_file_atomic(path, out.bytes());
}

}  // namespace dk::storage
