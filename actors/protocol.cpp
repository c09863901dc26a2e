// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/protocol.hpp"

#include <caf/all.hpp>

namespace dk {
namespace {

using What = decltype(ShardOperation::what);

template <std::size_t Index = 0>
caf::error read(caf::deserializer& source, std::size_t index, What& what) {
  if constexpr (Index == std::variant_size_v<What>) {
    return caf::sec::invalid_argument;
  } else {
    if (index != Index) return read<Index + 1>(source, index, what);
    return source(what.emplace<Index>());
  }
}

}  // namespace

caf::error inspect(caf::serializer& sink, ShardOperation& operation) {
  auto index = static_cast<std::uint8_t>(operation.what.index());
  if (auto error = sink(index)) return error;
  return std::visit([&sink](auto& what) -> caf::error { return sink(what); }, operation.what);
}

caf::error inspect(caf::deserializer& source, ShardOperation& operation) {
  std::uint8_t index = 0;
  if (auto error = source(index)) return error;
  return read(source, index, operation.what);
}

}  // namespace dk
