// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/npy.hpp"

#include "base/bytes.hpp"
#include "base/check.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace dk {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr std::size_t kMostHeaderBytes = 1 << 16;
constexpr std::size_t kMostDimensions = 32;
constexpr std::size_t kAlignment = 64;

struct ParsedHeader {
  std::string type;
  bool fortran_order = false;
  std::vector<std::size_t> shape;
};

/// Reads the one Python dictionary that NumPy writes: these three keys in any order, nothing else.
class HeaderParser {
 public:
  explicit HeaderParser(std::string_view text) : rest_(text) {}

  /// Nothing unless the whole text is such a dictionary.
  std::optional<ParsedHeader> parse() {
    ParsedHeader header;
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
  int parse_entry(ParsedHeader& header) {
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

template <class T>
void convert(std::span<const std::byte> from, std::span<float> to) {
  for (std::size_t i = 0; i < to.size(); ++i) {
    T value;
    std::memcpy(&value, from.data() + i * sizeof(T), sizeof value);
    to[i] = static_cast<float>(value);
  }
}

struct Type {
  std::string_view name;
  std::size_t size;
  void (*convert)(std::span<const std::byte>, std::span<float>);
};

constexpr Type kTypes[] = {{"<f4", 4, convert<float>},
                           {"<f8", 8, convert<double>},
                           {"<i4", 4, convert<std::int32_t>},
                           {"<i8", 8, convert<std::int64_t>},
                           {"|u1", 1, convert<std::uint8_t>}};

const Type* find_type(std::string_view name) {
  const auto* const found = std::find_if(std::begin(kTypes), std::end(kTypes),
                                         [&](const Type& type) { return type.name == name; });
  return found == std::end(kTypes) ? nullptr : found;
}

std::string_view text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// The bytes in front of the dictionary: magic, version and a size of 2 or 4 bytes.
std::size_t preamble(std::string_view start) {
  return start[kMagic.size()] == 1 ? kMagic.size() + 4 : kMagic.size() + 6;
}

tl::unexpected<Error> cut_off(std::string_view source, std::size_t size) {
  return fail(Errc::kCorrupt, "{}: ends at byte {}, within the NPY header", source, size);
}

}  // namespace

Result<std::size_t> npy_header_size(std::span<const std::byte> start, std::string_view source) {
  const auto text = text_of(start);
  if (!text.starts_with(kMagic.substr(0, text.size()))) {
    return fail(Errc::kInvalid, "{}: not an NPY file: does not start with \\x93NUMPY", source);
  }
  if (text.size() < kNpyStartBytes) return cut_off(source, text.size());
  const int major = static_cast<unsigned char>(text[kMagic.size()]);
  const int minor = static_cast<unsigned char>(text[kMagic.size() + 1]);
  if (major < 1 || major > 3 || minor != 0) {
    return fail(Errc::kInvalid, "{}: NPY version {}.{}; 1.0, 2.0 and 3.0 are read", source, major,
                minor);
  }
  const std::size_t begin = preamble(text);
  std::size_t size = 0;
  for (std::size_t i = begin; i > kMagic.size() + 2; --i) {
    size = size << 8 | static_cast<unsigned char>(text[i - 1]);
  }
  if (size > kMostHeaderBytes) {
    return fail(Errc::kInvalid, "{}: an NPY header of {} bytes; at most {} are allowed", source,
                size, kMostHeaderBytes);
  }
  return std::max(begin + size, kNpyStartBytes);
}

Result<NpyHeader> parse_npy_header(std::span<const std::byte> header, std::string_view source) {
  const std::size_t begin = preamble(text_of(header));
  const auto text = text_of(header.subspan(begin));
  auto parsed = HeaderParser(text).parse();
  if (!parsed) {
    return fail(Errc::kCorrupt, "{}: byte {}: not an NPY header: {}", source, begin,
                text.substr(0, 100));
  }
  if (parsed->fortran_order) {
    return fail(Errc::kInvalid, "{}: in Fortran order; save it with numpy.ascontiguousarray(...)",
                source);
  }
  return NpyHeader{std::move(parsed->type), std::move(parsed->shape)};
}

Result<std::size_t> npy_value_bytes(const NpyHeader& header, std::size_t most_bytes,
                                    std::string_view source) {
  const Type* type = find_type(header.type);
  if (type == nullptr) {
    return fail(Errc::kInvalid,
                "{}: type '{}'; read are <f4, <f8, <i4, <i8 and |u1 (float32, float64, int32, "
                "int64, uint8)",
                source, header.type);
  }
  std::size_t bytes = type->size;
  for (const auto size : header.shape) {
    if (size == 0 || size > most_bytes / bytes) {
      return fail(Errc::kInvalid, "{}: a dimension of size {}; allowed are 1 to {}", source, size,
                  most_bytes / bytes);
    }
    bytes *= size;
  }
  return bytes;
}

std::vector<float> npy_floats(const NpyHeader& header, std::span<const std::byte> values) {
  const Type* type = find_type(header.type);
  DK_CHECK(type != nullptr, "npy_value_bytes knows the type");
  std::vector<float> floats(values.size() / type->size);
  type->convert(values, floats);
  return floats;
}

Result<NpyArray> parse_npy(std::span<const std::byte> file, std::string_view source) {
  DK_TRY_ASSIGN(const auto begin,
                npy_header_size(file.first(std::min(file.size(), kNpyStartBytes)), source));
  if (file.size() < begin) return cut_off(source, file.size());
  DK_TRY_ASSIGN(auto header, parse_npy_header(file.first(begin), source));
  const auto values = file.subspan(begin);
  DK_TRY_ASSIGN(const auto bytes,
                npy_value_bytes(header, std::max<std::size_t>(values.size(), 8), source));
  if (values.size() != bytes) {
    return fail(Errc::kCorrupt, "{}: {} bytes of values should follow byte {}, but there are {}",
                source, bytes, begin, values.size());
  }
  auto floats = npy_floats(header, values);
  return NpyArray{std::move(header.shape), std::move(floats)};
}

std::vector<std::byte> npy_start(std::span<const std::size_t> shape) {
  std::string dimensions;
  for (const auto size : shape) dimensions += fmt::format("{}, ", size);
  if (shape.size() > 1) {
    dimensions.resize(dimensions.size() - 2);
  } else if (shape.size() == 1) {
    dimensions.pop_back();
  }
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
  return std::move(out).take();
}

std::vector<std::byte> npy_file(std::span<const std::size_t> shape, std::span<const float> values) {
  std::size_t count = 1;
  for (const auto size : shape) count *= size;
  DK_CHECK(count == values.size(), "the shape's product is the number of values");
  auto file = npy_start(shape);
  const auto bytes = std::as_bytes(values);
  file.insert(file.end(), bytes.begin(), bytes.end());
  return file;
}

}  // namespace dk
