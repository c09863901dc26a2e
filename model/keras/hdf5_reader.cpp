// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/keras/hdf5_check.hpp"
#include "model/keras/hdf5_file.hpp"
#include "model/keras/hdf5_handle.hpp"

#include <algorithm>

namespace dk::model {
namespace {

using hdf5::Lock;

constexpr std::size_t kMostTextBytes = std::size_t{64} << 20;
constexpr std::size_t kMostTexts = 1'000'000;

std::string full(const std::string& path) {
  return "/" + path;
}

/// Up to the first zero, or everything.
std::string fixed_text(const char* begin, std::size_t size) {
  return {begin, std::find(begin, begin + size, '\0')};
}

}  // namespace

struct Hdf5Reader::State {
  std::string source;
  std::size_t file_bytes = 0;
  hdf5::File file;

  ~State() {
    const Lock lock;
    file = hdf5::File();
  }

  template <class... Args>
  tl::unexpected<Error> refused(fmt::format_string<Args...> format, Args&&... args) const {
    return fail_in(source, {Errc::kCorrupt, fmt::format(format, std::forward<Args>(args)...)});
  }
  Result<std::vector<std::string>> texts(const std::string& path, const std::string& name) const;
  [[nodiscard]] bool has_attribute(const std::string& path, const std::string& name) const;
  Result<hdf5::Dataset> dataset(const std::string& path) const;
  Result<Shape> shape(const hdf5::Dataset& dataset, const std::string& path) const;
};

bool Hdf5Reader::State::has_attribute(const std::string& path, const std::string& name) const {
  return H5Aexists_by_name(file.get(), full(path).c_str(), name.c_str(), H5P_DEFAULT) > 0;
}

Result<std::vector<std::string>> Hdf5Reader::State::texts(const std::string& path,
                                                          const std::string& name) const {
  const hdf5::Attribute attribute(
      H5Aopen_by_name(file.get(), full(path).c_str(), name.c_str(), H5P_DEFAULT, H5P_DEFAULT));
  const hdf5::Type type(attribute.ok() ? H5Aget_type(attribute.get()) : H5I_INVALID_HID);
  const hdf5::Space space(attribute.ok() ? H5Aget_space(attribute.get()) : H5I_INVALID_HID);
  if (!type.ok() || !space.ok()) return refused("'{}': attribute {} is damaged", path, name);
  const auto count =
      static_cast<std::size_t>(std::max<hssize_t>(0, H5Sget_simple_extent_npoints(space.get())));
  std::vector<std::string> values;
  if (count == 0) return values;
  const auto size = H5Tget_size(type.get());
  if (H5Tget_class(type.get()) != H5T_STRING || count > kMostTexts ||
      size > kMostTextBytes / count) {
    return refused("'{}': attribute {} is no text, or too long", path, name);
  }
  if (H5Tis_variable_str(type.get()) > 0) {
    std::vector<char*> raw(count, nullptr);
    if (H5Aread(attribute.get(), type.get(), raw.data()) < 0) {
      return refused("'{}': attribute {} is damaged", path, name);
    }
    for (const char* text : raw) values.emplace_back(text == nullptr ? "" : text);
    H5Dvlen_reclaim(type.get(), space.get(), H5P_DEFAULT, raw.data());
    return values;
  }
  std::vector<char> raw(count * size);
  if (H5Aread(attribute.get(), type.get(), raw.data()) < 0) {
    return refused("'{}': attribute {} is damaged", path, name);
  }
  for (std::size_t i = 0; i < count; ++i) values.push_back(fixed_text(&raw[i * size], size));
  return values;
}

Result<hdf5::Dataset> Hdf5Reader::State::dataset(const std::string& path) const {
  hdf5::Dataset dataset(H5Dopen2(file.get(), full(path).c_str(), H5P_DEFAULT));
  if (!dataset.ok()) return refused("there is no dataset '{}'", path);
  const hdf5::Type type(H5Dget_type(dataset.get()));
  const auto kind = type.ok() ? H5Tget_class(type.get()) : H5T_NO_CLASS;
  if (kind != H5T_FLOAT && kind != H5T_INTEGER) return refused("'{}' has no numbers", path);
  return dataset;
}

Result<Shape> Hdf5Reader::State::shape(const hdf5::Dataset& dataset,
                                       const std::string& path) const {
  const hdf5::Space space(H5Dget_space(dataset.get()));
  hsize_t axes[H5S_MAX_RANK];
  const int rank = space.ok() ? H5Sget_simple_extent_dims(space.get(), axes, nullptr) : -1;
  if (rank < 0) return refused("'{}' is damaged", path);
  return Shape(axes, axes + rank);
}

Hdf5Reader::Hdf5Reader(std::unique_ptr<State> state) : state_(std::move(state)) {}
Hdf5Reader::Hdf5Reader(Hdf5Reader&&) noexcept = default;
Hdf5Reader& Hdf5Reader::operator=(Hdf5Reader&&) noexcept = default;
Hdf5Reader::~Hdf5Reader() = default;

Result<Hdf5Reader> Hdf5Reader::open(std::span<const std::byte> file, std::string source) {
  DK_TRY(check_hdf5(file, source));
  auto state = std::make_unique<State>();
  state->source = std::move(source);
  state->file_bytes = file.size();
  {
    const Lock lock;
    const hdf5::Properties access(H5Pcreate(H5P_FILE_ACCESS));
    constexpr std::size_t kGrowth = 1 << 16;
    // The library copies the image; its signature only lacks the const.
    void* image = const_cast<std::byte*>(file.data());
    if (H5Pset_fapl_core(access.get(), kGrowth, 0) >= 0 &&
        H5Pset_file_image(access.get(), image, file.size()) >= 0) {
      state->file = hdf5::File(H5Fopen("memory.h5", H5F_ACC_RDONLY, access.get()));
    }
  }
  if (!state->file.ok()) return state->refused("the HDF5 library cannot open it");
  return Hdf5Reader(std::move(state));
}

const std::string& Hdf5Reader::source() const {
  return state_->source;
}

std::size_t Hdf5Reader::file_bytes() const {
  return state_->file_bytes;
}

bool Hdf5Reader::is_group(const std::string& path) const {
  const Lock lock;
  const hdf5::Object object(H5Oopen(state_->file.get(), full(path).c_str(), H5P_DEFAULT));
  return object.ok() && H5Iget_type(object.get()) == H5I_GROUP;
}

bool Hdf5Reader::has(const std::string& path) const {
  const Lock lock;
  for (std::size_t end = path.find('/'); !path.empty(); end = path.find('/', end + 1)) {
    const auto part = full(path.substr(0, end));
    if (H5Lexists(state_->file.get(), part.c_str(), H5P_DEFAULT) <= 0) return false;
    if (end == std::string::npos) break;
  }
  return true;
}

Result<std::vector<std::string>> Hdf5Reader::members(const std::string& group) const {
  const Lock lock;
  std::vector<std::string> names;
  const auto add = [](hid_t, const char* name, const H5L_info_t*, void* to) -> herr_t {
    static_cast<std::vector<std::string>*>(to)->emplace_back(name);
    return 0;
  };
  if (H5Literate_by_name(state_->file.get(), full(group).c_str(), H5_INDEX_NAME, H5_ITER_INC,
                         nullptr, add, &names, H5P_DEFAULT) < 0) {
    return state_->refused("there is no group '{}'", group);
  }
  std::sort(names.begin(), names.end());
  return names;
}

Result<std::optional<std::string>> Hdf5Reader::text(const std::string& path,
                                                    const std::string& attribute) const {
  const Lock lock;
  if (!state_->has_attribute(path, attribute)) return std::optional<std::string>();
  DK_TRY_ASSIGN(auto values, state_->texts(path, attribute));
  if (values.size() != 1) {
    return state_->refused("'{}': attribute {} has {} values instead of one", path, attribute,
                           values.size());
  }
  return std::optional(std::move(values.front()));
}

Result<std::optional<std::vector<std::string>>> Hdf5Reader::texts(
    const std::string& path, const std::string& attribute) const {
  const Lock lock;
  std::optional<std::vector<std::string>> all;
  if (state_->has_attribute(path, attribute)) {
    DK_TRY_ASSIGN(all, state_->texts(path, attribute));
    return all;
  }
  for (std::size_t part = 0;; ++part) {
    const auto name = fmt::format("{}{}", attribute, part);
    if (!state_->has_attribute(path, name)) return all;
    DK_TRY_ASSIGN(const auto values, state_->texts(path, name));
    if (!all) all.emplace();
    all->insert(all->end(), values.begin(), values.end());
  }
}

Result<Shape> Hdf5Reader::shape(const std::string& dataset) const {
  const Lock lock;
  DK_TRY_ASSIGN(const auto opened, state_->dataset(dataset));
  return state_->shape(opened, dataset);
}

Result<std::vector<float>> Hdf5Reader::floats(const std::string& dataset) const {
  const Lock lock;
  DK_TRY_ASSIGN(const auto opened, state_->dataset(dataset));
  DK_TRY_ASSIGN(const auto shape, state_->shape(opened, dataset));
  auto count = element_count(shape);
  if (!count) return fail_in(fmt::format("{}: '{}'", state_->source, dataset), count.error());
  std::vector<float> values(*count);
  if (H5Dread(opened.get(), H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()) < 0) {
    return state_->refused("'{}' cannot be read", dataset);
  }
  return values;
}

Result<double> Hdf5Reader::number(const std::string& dataset) const {
  const Lock lock;
  DK_TRY_ASSIGN(const auto opened, state_->dataset(dataset));
  DK_TRY_ASSIGN(const auto shape, state_->shape(opened, dataset));
  for (const auto axis : shape) {
    if (axis != 1) {
      return state_->refused("'{}' has shape {}, but should be one number", dataset,
                             to_string(shape));
    }
  }
  double value = 0;
  if (H5Dread(opened.get(), H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, &value) < 0) {
    return state_->refused("'{}' cannot be read", dataset);
  }
  return value;
}

}  // namespace dk::model
