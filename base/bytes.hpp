// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/result.hpp"

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace dk {

static_assert(std::endian::native == std::endian::little,
              "stored formats are little endian and written as they lie");

using Bytes = std::vector<std::byte>;

/// Appends numbers and strings to a buffer: little endian, strings with a 32-bit length in front.
class ByteWriter {
 public:
  template <class T>
  requires std::is_arithmetic_v<T>
  void put(T value) {
    const auto* first = reinterpret_cast<const std::byte*>(&value);
    bytes_.insert(bytes_.end(), first, first + sizeof value);
  }
  void put(std::string_view text) {
    put(static_cast<std::uint32_t>(text.size()));
    put_raw(std::as_bytes(std::span(text)));
  }
  void put_raw(std::span<const std::byte> raw) {
    bytes_.insert(bytes_.end(), raw.begin(), raw.end());
  }

  [[nodiscard]] std::span<const std::byte> bytes() const { return bytes_; }
  [[nodiscard]] Bytes take() && { return std::move(bytes_); }

 private:
  Bytes bytes_;
};

/// Reads what ByteWriter wrote, from bytes that may be anything: the first read past the end makes
/// `ok()` false for good and every later read returns zero or nothing, so that a parser checks
/// once, at the end.
class ByteReader {
 public:
  explicit ByteReader(std::span<const std::byte> bytes) : rest_(bytes) {}

  template <class T>
  requires std::is_arithmetic_v<T> T get() {
    T value{};
    if (const auto raw = get_raw(sizeof value); raw.size() == sizeof value) {
      std::memcpy(&value, raw.data(), sizeof value);
    }
    return value;
  }
  std::string get_string() {
    const auto raw = get_raw(get<std::uint32_t>());
    return {reinterpret_cast<const char*>(raw.data()), raw.size()};
  }
  std::span<const std::byte> get_raw(std::size_t size) {
    if (size > rest_.size()) {
      ok_ = false;
      rest_ = {};
      return {};
    }
    const auto raw = rest_.first(size);
    rest_ = rest_.subspan(size);
    return raw;
  }
  /// A count that is about to drive a loop of items of at least `item_size` bytes; 0 and not ok if
  /// they cannot be there.
  std::size_t get_count(std::size_t item_size) {
    const auto count = get<std::uint32_t>();
    if (count > rest_.size() / item_size) {
      ok_ = false;
      rest_ = {};
      return 0;
    }
    return count;
  }

  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] std::size_t remaining() const { return rest_.size(); }

 private:
  std::span<const std::byte> rest_;
  bool ok_ = true;
};

}  // namespace dk
