// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage/data/libsvm.hpp"

#include <algorithm>
#include <charconv>

namespace dk::storage {
namespace {

using Kind = ParsedRow::Kind;

constexpr std::uint64_t kMostFeatures = 100'000'000;

std::string_view take_word(std::string_view& rest) {
  const auto is_space = [](char c) { return c == ' ' || c == '\t' || c == '\r'; };
  const auto* begin = std::find_if_not(rest.begin(), rest.end(), is_space);
  const auto* end = std::find_if(begin, rest.end(), is_space);
  rest.remove_prefix(static_cast<std::size_t>(end - rest.begin()));
  return {begin, static_cast<std::size_t>(end - begin)};
}

class LibsvmParser final : public RowParser {
 public:
  explicit LibsvmParser(const SourceConfig& config)
      : size_(config.size), base_(config.zero_based ? 0 : 1), has_label_(!config.labels.empty()) {
    const auto name = [](const std::vector<FieldSource>& sources, const char* otherwise) {
      return sources.empty() || sources[0].name.empty() ? otherwise : sources[0].name;
    };
    schema_.features = {{name(config.features, "features"), {static_cast<std::size_t>(size_)}}};
    if (has_label_) schema_.labels = {{name(config.labels, "labels"), {}}};
  }

  ParsedRow parse(std::string_view text, bool at_end, float* x, float* y, Scratch&) const override {
    ParsedRow row;
    const auto end = text.find('\n');
    if (end == std::string_view::npos && !at_end) return row;
    row.bytes = end == std::string_view::npos ? text.size() : end + 1;
    row.lines = 1;
    auto line = text.substr(0, end);
    line = line.substr(0, line.find('#'));
    const auto label = take_word(line);
    if (label.empty()) {
      row.kind = Kind::kBlank;
      return row;
    }
    row.fault = read(label, line, x, y);
    row.kind = row.fault.empty() ? Kind::kRow : Kind::kBad;
    return row;
  }

  ParsedRow parse_start(std::string_view, bool, Scratch&) const override {
    ParsedRow row;
    row.kind = Kind::kRow;
    return row;
  }

 private:
  /// What is wrong, or nothing.
  std::string read(std::string_view label, std::string_view rest, float* x, float* y) const {
    float value = 0;
    if (parse_number(label, value) != NumberKind::kFinite) {
      return fmt::format("label {} is not one finite number", shown(label));
    }
    if (has_label_) *y = value;
    std::fill_n(x, size_, 0.0F);
    std::uint64_t next = base_;
    for (auto word = take_word(rest); !word.empty(); word = take_word(rest)) {
      std::uint64_t number = 0;
      const auto [end, code] = std::from_chars(word.begin(), word.end(), number);
      if (code != std::errc() || end == word.end() || *end != ':') {
        return fmt::format("{} is not NUMBER:VALUE", shown(word));
      }
      if (number < base_ || number - base_ >= size_) {
        return fmt::format("feature {} in {}: allowed are {} to {}", number, shown(word), base_,
                           size_ - 1 + base_);
      }
      if (number < next) {
        return fmt::format("feature {} in {}: it stands behind feature {}; their numbers must rise",
                           number, shown(word), next - 1);
      }
      next = number + 1;
      const std::string_view text(end + 1, static_cast<std::size_t>(word.end() - end - 1));
      if (parse_number(text, x[number - base_]) != NumberKind::kFinite) {
        return fmt::format("feature {}: {} is not a finite number", number, shown(text));
      }
    }
    return {};
  }

  std::uint64_t size_;
  std::uint64_t base_;
  bool has_label_;
};

}  // namespace

Result<std::unique_ptr<RowParser>> make_libsvm_parser(const SourceConfig& config, std::string_view,
                                                      bool, const std::string& file) {
  if (config.size == 0 || config.size > kMostFeatures) {
    return fail(Errc::kInvalid, "{}: size is {}; libsvm needs the number of features, 1 to {}",
                file, config.size, kMostFeatures);
  }
  return std::unique_ptr<RowParser>(new LibsvmParser(config));
}

}  // namespace dk::storage
