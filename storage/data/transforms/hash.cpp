// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage/data/transforms/hash.hpp"

#include "base/checksum.hpp"
#include "base/random.hpp"
#include "storage/data/transforms/selection.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>

namespace dk::storage {
namespace {

constexpr std::int64_t kMostSize = 1 << 24;

template <class Word>
void put(std::byte* to, Word word) {
  for (std::size_t i = 0; i < sizeof(Word); ++i) to[i] = static_cast<std::byte>(word >> (8 * i));
}

class Hash : public FieldTransform {
 public:
  Hash(Selection selection, Layout layout, std::size_t size, bool categorical)
      : FieldTransform(std::move(selection), layout),
        layout_(std::move(layout)),
        size_(size),
        categorical_(categorical) {
    for (const auto& block : selection_.blocks) {
      const auto& field = selection_.all[block.field];
      const bool named = block.whole && !field.columns.empty();
      for (std::size_t at = 0; at < block.size; ++at) {
        const auto& name = named ? field.columns[at] : selection_.name(block);
        columns_.push_back(checksum(std::as_bytes(std::span(name))) ^ mix(named ? 0 : at));
      }
    }
  }

  Result<void> apply(std::size_t rows, std::span<const float> in,
                     std::span<float> out) const override {
    layout_.copy_kept(rows, selection_.width, in, out);
    for (std::size_t row = 0; row < rows; ++row) {
      const float* from = in.data() + row * selection_.width;
      float* to = out.data() + row * layout_.width + layout_.to.front();
      std::fill_n(to, size_, 0.0F);
      for (std::size_t i = 0; i < columns_.size(); ++i) {
        const float value = from[selection_.inputs[i]];
        if (!std::isnan(value)) add(columns_[i], value, to);
      }
    }
    return {};
  }

  nlohmann::json config() const override {
    auto arguments = selection_.arguments();
    arguments["size"] = size_;
    if (!categorical_) arguments["categorical"] = false;
    return {{"hash", std::move(arguments)}};
  }

 private:
  void add(std::uint64_t column, float value, float* to) const {
    constexpr std::uint64_t kSign = std::uint64_t{1} << 63U;
    std::array<std::byte, 12> token{};
    put(token.data(), column);
    std::span<const std::byte> bytes(token);
    if (categorical_) {
      put(token.data() + 8, std::bit_cast<std::uint32_t>(value == 0 ? 0.0F : value));
    } else {
      bytes = bytes.first(8);
    }
    const std::uint64_t hashed = checksum(bytes);
    const float weight = categorical_ ? 1 : value;
    to[hashed % size_] += (hashed & kSign) != 0 ? -weight : weight;
  }

  Layout layout_;
  std::size_t size_;
  bool categorical_;
  std::vector<std::uint64_t> columns_;  ///< For each chosen float: what its token begins with.
};

}  // namespace

Result<std::unique_ptr<Transform>> make_hash(const nlohmann::json& json, const Schema& schema) {
  Arguments arguments("hash", json, "size");
  auto selection = select(arguments, schema, Side::kFeatures, true);
  const auto size = arguments.whole("size", std::nullopt, 1, kMostSize);
  const bool categorical = arguments.boolean("categorical", true);
  DK_TRY(arguments.finish());
  auto layout = replace_all(selection, {static_cast<std::size_t>(size)});
  return std::make_unique<Hash>(std::move(selection), std::move(layout),
                                static_cast<std::size_t>(size), categorical);
}

}  // namespace dk::storage
