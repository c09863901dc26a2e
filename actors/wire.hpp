// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/result.hpp"

#include <caf/binary_deserializer.hpp>
#include <caf/deserializer.hpp>
#include <caf/serializer.hpp>
#include <caf/serializer_impl.hpp>

#include <cstdint>
#include <string>
#include <tuple>
#include <utility>

// How messages of this version and of its neighbours understand each other, so that a cluster is
// upgraded node by node while it trains. The rules are in docs/protocol.md.

namespace dk {

/// Grows with every release in which a message changed.
inline constexpr std::uint32_t kProtocolVersion = 10;
/// The oldest one that is understood: the one before ours. Version 9 had no room for added fields.
inline constexpr std::uint32_t kOldestProtocol = 10;

/// What this process speaks.
[[nodiscard]] std::uint32_t protocol_version();

/// kInvalid unless a peer of this version and we understand each other: ours, the one before it
/// and the one after it. `who` begins the sentence.
[[nodiscard]] Result<void> check_protocol(const std::string& who, std::uint32_t version);

/// Fields that came to a message after its first release, as one string of bytes behind the older
/// ones: who does not know them passes over them, and who does not find them keeps the defaults.
/// The newest goes last, and none is ever taken out.
template <class... Fields>
struct Added {
  std::tuple<Fields&...> fields;
};
template <class... Fields>
Added<Fields...> added(Fields&... fields) {
  return {std::tie(fields...)};
}

/// The last step of writing a message: the bytes of its added fields.
caf::error write_added(caf::serializer& sink, std::string bytes);

template <class... Fields>
caf::error inspect(caf::serializer& sink, Added<Fields...>& added) {
  std::string bytes;
  if constexpr (sizeof...(Fields) > 0) {
    caf::serializer_impl<std::string> writer{sink.context(), bytes};
    if (auto error = std::apply(writer, added.fields)) return error;
  }
  return write_added(sink, std::move(bytes));
}

template <class... Fields>
caf::error inspect(caf::deserializer& source, Added<Fields...>& added) {
  std::string bytes;
  if (auto error = source(bytes)) return error;
  caf::error error;
  caf::binary_deserializer reader{source.context(), bytes.data(), bytes.size()};
  const auto read = [&](auto& field) {
    if (reader.remaining() > 0) error = reader(field);
    return !error;
  };
  std::apply([&](Fields&... fields) { static_cast<void>((read(fields) && ...)); }, added.fields);
  return error;
}

/// For everything else that looks into messages.
template <class Inspector, class... Fields>
typename Inspector::result_type inspect(Inspector& f, Added<Fields...>& added) {
  return std::apply(f, added.fields);
}

}  // namespace dk
