// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage/key_value_store.hpp"

#include "base/check.hpp"

namespace dk::storage {

void append_ordered(std::string& key, std::uint64_t number) {
  for (int shift = 56; shift >= 0; shift -= 8) key.push_back(static_cast<char>(number >> shift));
}

std::uint64_t read_ordered(std::string_view key, std::size_t position) {
  if (key.size() < position + 8) return 0;
  std::uint64_t number = 0;
  for (const char byte : key.substr(position, 8)) {
    number = (number << 8) | static_cast<unsigned char>(byte);
  }
  return number;
}

std::string after_prefix(std::string prefix) {
  while (!prefix.empty() && prefix.back() == '\xff') prefix.pop_back();
  DK_CHECK(!prefix.empty(), "a prefix of ours has a byte that can be counted up");
  ++prefix.back();
  return prefix;
}

}  // namespace dk::storage
