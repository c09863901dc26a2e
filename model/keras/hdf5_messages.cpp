// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/keras/hdf5_messages.hpp"

#include <algorithm>
#include <array>

namespace dk::model::hdf5 {
namespace {

constexpr std::uint64_t kMostElements = std::uint64_t{1} << 40;
constexpr std::size_t kMostTextBytes = 1 << 16;
constexpr std::size_t kHeapPlaceBytes = 16;

tl::unexpected<Error> damaged(std::string_view what) {
  return fail(Errc::kCorrupt, "a damaged {}", what);
}

/// Class and version, three bytes of flags, size.
struct TypeHead {
  unsigned kind = 0;
  std::array<std::uint8_t, 3> flags{};
  std::uint32_t size = 0;
};

TypeHead read_type_head(ByteReader& reader) {
  TypeHead head;
  const auto first = reader.get<std::uint8_t>();
  const bool known_version = first >> 4 >= 1 && first >> 4 <= 3;
  head.kind = known_version ? first & 15U : 255U;
  for (auto& flag : head.flags) flag = reader.get<std::uint8_t>();
  head.size = reader.get<std::uint32_t>();
  return head;
}

Result<Type> read_integer(const TypeHead& head, ByteReader& reader) {
  const auto offset = reader.get<std::uint16_t>();
  const auto precision = reader.get<std::uint16_t>();
  if ((head.flags[0] & 1U) != 0) return fail(Errc::kInvalid, "big-endian integers");
  const bool plain_size = head.size == 1 || head.size == 2 || head.size == 4 || head.size == 8;
  if (!reader.ok() || !plain_size || offset != 0 || precision != head.size * 8 ||
      (head.flags[0] & ~8U) != 0 || head.flags[1] != 0 || head.flags[2] != 0) {
    return damaged("integer type");
  }
  return Type{head.size};
}

Result<Type> read_float(const TypeHead& head, ByteReader& reader) {
  struct Ieee {
    std::uint32_t size;
    std::uint8_t exponent_bits;
    std::uint8_t mantissa_bits;
    std::uint32_t bias;
  };
  constexpr Ieee kFormats[] = {{2, 5, 10, 15}, {4, 8, 23, 127}, {8, 11, 52, 1023}};
  const auto offset = reader.get<std::uint16_t>();
  const auto precision = reader.get<std::uint16_t>();
  const auto exponent_at = reader.get<std::uint8_t>();
  const auto exponent_bits = reader.get<std::uint8_t>();
  const auto mantissa_at = reader.get<std::uint8_t>();
  const auto mantissa_bits = reader.get<std::uint8_t>();
  const auto bias = reader.get<std::uint32_t>();
  if ((head.flags[0] & 1U) != 0) return fail(Errc::kInvalid, "big-endian floats");
  for (const Ieee& ieee : kFormats) {
    if (reader.ok() && head.size == ieee.size && offset == 0 && precision == ieee.size * 8 &&
        exponent_at == ieee.mantissa_bits && exponent_bits == ieee.exponent_bits &&
        mantissa_at == 0 && mantissa_bits == ieee.mantissa_bits && bias == ieee.bias &&
        head.flags[0] == 0x20 && head.flags[1] == precision - 1 && head.flags[2] == 0) {
      return Type{head.size};
    }
  }
  return damaged("floating-point type");
}

Result<Type> read_variable_text(const TypeHead& head, ByteReader& reader) {
  if ((head.flags[0] & 15U) != 1) return fail(Errc::kInvalid, "lists of variable length");
  const auto base = read_type_head(reader);
  if (base.kind == 0) {
    DK_TRY(read_integer(base, reader));
  } else if (base.kind != 3) {
    return damaged("string type");
  }
  if (!reader.ok() || head.size != kHeapPlaceBytes || base.size != 1 || head.flags[0] >> 4 > 2 ||
      head.flags[1] > 1 || head.flags[2] != 0) {
    return damaged("string type");
  }
  return Type{head.size, true};
}

}  // namespace

Result<Type> read_datatype(ByteReader& reader) {
  const TypeHead head = read_type_head(reader);
  if (!reader.ok()) return damaged("type");
  switch (head.kind) {
    case 0:
      return read_integer(head, reader);
    case 1:
      return read_float(head, reader);
    case 3:
      if (head.size == 0 || head.size > kMostTextBytes || (head.flags[0] & 15U) > 2 ||
          head.flags[0] >> 4 > 1 || head.flags[1] != 0 || head.flags[2] != 0) {
        return damaged("string type");
      }
      return Type{head.size};
    case 9:
      return read_variable_text(head, reader);
    default:
      return fail(Errc::kInvalid, "values of HDF5 type class {}; numbers and strings are read",
                  head.kind);
  }
}

Result<std::uint64_t> read_dataspace(ByteReader& reader) {
  constexpr std::size_t kMostAxes = 32;
  const auto version = reader.get<std::uint8_t>();
  const auto rank = reader.get<std::uint8_t>();
  const auto flags = reader.get<std::uint8_t>();
  const auto reserved = reader.get<std::uint8_t>();
  const auto reserved_too = reader.get<std::uint32_t>();
  if (!reader.ok() || version != 1 || rank > kMostAxes || flags > 1 || reserved != 0 ||
      reserved_too != 0) {
    return damaged("dataspace, or one of a newer kind");
  }
  std::vector<std::uint64_t> axes(rank);
  for (auto& axis : axes) axis = reader.get<std::uint64_t>();
  std::uint64_t count = 1;
  for (const auto axis : axes) {
    if (axis != 0 && count > kMostElements / axis) {
      return fail(Errc::kInvalid, "an array with an axis of {}", axis);
    }
    count *= axis;
  }
  if (flags == 1) {
    for (const auto axis : axes) {
      if (reader.get<std::uint64_t>() != axis) return fail(Errc::kInvalid, "arrays that can grow");
    }
  }
  if (!reader.ok()) return damaged("dataspace");
  return count;
}

Result<void> read_fill_value(ByteReader& reader) {
  constexpr std::uint32_t kMostBytes = 8;
  const auto version = reader.get<std::uint8_t>();
  const auto allocated = reader.get<std::uint8_t>();
  const auto written = reader.get<std::uint8_t>();
  const auto defined = reader.get<std::uint8_t>();
  const auto size = version == 1 || defined == 1 ? reader.get<std::uint32_t>() : 0;
  reader.get_raw(size);
  if (!reader.ok() || version < 1 || version > 2 || allocated < 1 || allocated > 3 || written > 2 ||
      defined > 1 || size > kMostBytes) {
    return damaged("fill value");
  }
  return {};
}

Result<Attribute> read_attribute(std::span<const std::byte> message) {
  ByteReader reader(message);
  const auto version = reader.get<std::uint8_t>();
  const auto flags = reader.get<std::uint8_t>();
  const auto name_size = reader.get<std::uint16_t>();
  const auto type_size = reader.get<std::uint16_t>();
  const auto space_size = reader.get<std::uint16_t>();
  if (version == 3) reader.get<std::uint8_t>();
  if (!reader.ok() || (version != 1 && version != 3) || flags != 0 || name_size < 2) {
    return damaged("attribute");
  }
  const auto part = [&](std::size_t size) {
    const auto raw = reader.get_raw(size);
    if (version == 1) reader.get_raw((8 - size % 8) % 8);
    return raw;
  };
  const auto name = part(name_size);
  ByteReader type_reader(part(type_size));
  ByteReader space_reader(part(space_size));
  if (!reader.ok() || std::find(name.begin(), name.end(), std::byte{0}) != name.end() - 1) {
    return damaged("attribute");
  }
  Attribute attribute;
  attribute.name.assign(reinterpret_cast<const char*>(name.data()), name.size() - 1);
  DK_TRY_ASSIGN(const auto type, read_datatype(type_reader));
  DK_TRY_ASSIGN(const auto count, read_dataspace(space_reader));
  if (count > reader.remaining() / type.size) return damaged("attribute");
  if (!type.variable_text) return attribute;
  for (std::uint64_t i = 0; i < count; ++i) {
    HeapPlace place;
    place.length = reader.get<std::uint32_t>();
    place.collection = reader.get<std::uint64_t>();
    place.index = reader.get<std::uint32_t>();
    attribute.texts.push_back(place);
  }
  return attribute;
}

}  // namespace dk::model::hdf5
