// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/keras/npz.hpp"

#include "base/npy.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace dk::model {
namespace {

constexpr std::string_view kSuffix = ".npy";
constexpr std::string_view kPrefix = "arr_";

std::optional<std::size_t> number_of(std::string_view name) {
  if (!name.starts_with(kPrefix)) return std::nullopt;
  name.remove_prefix(kPrefix.size());
  std::size_t number = 0;
  const auto [end, code] = std::from_chars(name.data(), name.data() + name.size(), number);
  if (code != std::errc() || end != name.data() + name.size()) return std::nullopt;
  return number;
}

}  // namespace

Result<StoredWeights> read_npz(ZipReader& archive, std::string source) {
  std::vector<std::pair<std::size_t, Weight>> found;
  for (const auto& entry : archive.names()) {
    if (!entry.ends_with(kSuffix)) {
      return fail(Errc::kInvalid, "{}: '{}' is no array; a .npz archive has only .npy entries",
                  source, entry);
    }
    DK_TRY_ASSIGN(const auto bytes, archive.read(entry));
    const auto where = fmt::format("{}: '{}'", source, entry);
    DK_TRY_ASSIGN(auto array, parse_npy(std::as_bytes(std::span(bytes)), where));
    auto name = entry.substr(0, entry.size() - kSuffix.size());
    const auto number = number_of(name).value_or(found.size());
    found.emplace_back(number,
                       Weight{std::move(name), std::move(array.shape), std::move(array.values)});
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  StoredWeights stored{StoredWeights::Kind::kList, std::move(source), {{"", {}}}};
  for (auto& [number, weight] : found) stored.groups[0].weights.push_back(std::move(weight));
  return stored;
}

Result<Bytes> write_npz(const Model& model) {
  std::vector<Bytes> files;
  std::vector<ZipEntry> entries;
  for (const Weight& weight : model.get_weights()) {
    files.push_back(npy_file(weight.shape, weight.values));
  }
  for (std::size_t i = 0; i < files.size(); ++i) {
    entries.push_back({fmt::format("{}{}{}", kPrefix, i, kSuffix), files[i]});
  }
  return zip_of(entries);
}

}  // namespace dk::model
