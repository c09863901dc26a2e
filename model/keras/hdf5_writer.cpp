// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/keras/hdf5_file.hpp"
#include "model/keras/hdf5_handle.hpp"

#include <algorithm>

namespace dk::model {
namespace {

using hdf5::Lock;

/// Keras' HDF5_OBJECT_HEADER_LIMIT: an attribute above it does not fit into an object header.
constexpr std::size_t kMostAttributeBytes = 64'512;

std::string full(const std::string& path) {
  return "/" + path;
}

}  // namespace

struct Hdf5Writer::State {
  hdf5::File file;
  hdf5::Properties links;     ///< Makes the groups on the way.
  hdf5::Properties datasets;  ///< No times, so that the same model is the same file.
  hdf5::Properties groups;
  std::string problem;

  ~State() {
    const Lock lock;
    for (auto* properties : {&links, &datasets, &groups}) *properties = hdf5::Properties();
    file = hdf5::File();
  }
  void check(bool fine, const std::string& what) {
    if (!fine && problem.empty()) problem = what;
  }
  void attribute(const std::string& path, const std::string& name, const hdf5::Type& type,
                 const hdf5::Space& space, const void* data);
  void fixed_texts(const std::string& path, const std::string& name,
                   std::span<const std::string> values);
  void dataset(const std::string& path, const Shape& shape, hid_t file_type, hid_t memory_type,
               const void* data);
};

void Hdf5Writer::State::attribute(const std::string& path, const std::string& name,
                                  const hdf5::Type& type, const hdf5::Space& space,
                                  const void* data) {
  const hdf5::Attribute made(H5Acreate_by_name(file.get(), full(path).c_str(), name.c_str(),
                                               type.get(), space.get(), H5P_DEFAULT, H5P_DEFAULT,
                                               H5P_DEFAULT));
  check(made.ok() && (data == nullptr || H5Awrite(made.get(), type.get(), data) >= 0),
        fmt::format("attribute {} of '{}'", name, path));
}

void Hdf5Writer::State::fixed_texts(const std::string& path, const std::string& name,
                                    std::span<const std::string> values) {
  std::size_t width = 1;
  for (const auto& value : values) width = std::max(width, value.size());
  std::string padded;
  for (const auto& value : values) {
    padded += value;
    padded.append(width - value.size(), '\0');
  }
  const hsize_t count = values.size();
  const hdf5::Space space(H5Screate_simple(1, &count, nullptr));
  // h5py writes an empty list, which has no type, as floats.
  const hdf5::Type type(H5Tcopy(values.empty() ? H5T_IEEE_F64LE : H5T_C_S1));
  if (!values.empty()) {
    H5Tset_size(type.get(), width);
    H5Tset_strpad(type.get(), H5T_STR_NULLPAD);
  }
  attribute(path, name, type, space, values.empty() ? nullptr : padded.data());
}

void Hdf5Writer::State::dataset(const std::string& path, const Shape& shape, hid_t file_type,
                                hid_t memory_type, const void* data) {
  std::vector<hsize_t> axes(shape.begin(), shape.end());
  const hdf5::Space space(
      shape.empty() ? H5Screate(H5S_SCALAR)
                    : H5Screate_simple(static_cast<int>(axes.size()), axes.data(), nullptr));
  const hdf5::Dataset made(H5Dcreate2(file.get(), full(path).c_str(), file_type, space.get(),
                                      links.get(), datasets.get(), H5P_DEFAULT));
  check(made.ok() && H5Dwrite(made.get(), memory_type, H5S_ALL, H5S_ALL, H5P_DEFAULT, data) >= 0,
        fmt::format("dataset '{}'", path));
}

Hdf5Writer::Hdf5Writer() : state_(std::make_unique<State>()) {
  const Lock lock;
  constexpr std::size_t kGrowth = std::size_t{1} << 20;
  const hdf5::Properties access(H5Pcreate(H5P_FILE_ACCESS));
  H5Pset_fapl_core(access.get(), kGrowth, 0);
  const hdf5::Properties creation(H5Pcreate(H5P_FILE_CREATE));
  H5Pset_obj_track_times(creation.get(), false);
  state_->links = hdf5::Properties(H5Pcreate(H5P_LINK_CREATE));
  H5Pset_create_intermediate_group(state_->links.get(), 1);
  state_->datasets = hdf5::Properties(H5Pcreate(H5P_DATASET_CREATE));
  H5Pset_obj_track_times(state_->datasets.get(), false);
  state_->groups = hdf5::Properties(H5Pcreate(H5P_GROUP_CREATE));
  H5Pset_obj_track_times(state_->groups.get(), false);
  state_->file = hdf5::File(H5Fcreate("memory.h5", H5F_ACC_TRUNC, creation.get(), access.get()));
  state_->check(state_->file.ok(), "the file");
}

Hdf5Writer::~Hdf5Writer() = default;

void Hdf5Writer::group(const std::string& path) {
  const Lock lock;
  if (path.empty()) return;
  const hdf5::Object made(H5Gcreate2(state_->file.get(), full(path).c_str(), state_->links.get(),
                                     state_->groups.get(), H5P_DEFAULT));
  state_->check(made.ok(), fmt::format("group '{}'", path));
}

void Hdf5Writer::text(const std::string& path, const std::string& attribute,
                      std::string_view value) {
  const Lock lock;
  const hdf5::Type type(H5Tcopy(H5T_C_S1));
  H5Tset_size(type.get(), H5T_VARIABLE);
  const hdf5::Space space(H5Screate(H5S_SCALAR));
  const std::string terminated(value);
  const char* data = terminated.c_str();
  state_->attribute(path, attribute, type, space, &data);
}

void Hdf5Writer::texts(const std::string& path, const std::string& attribute,
                       std::span<const std::string> values) {
  const Lock lock;
  std::size_t width = 1;
  for (const auto& value : values) width = std::max(width, value.size());
  const std::size_t most = std::max<std::size_t>(1, kMostAttributeBytes / width);
  if (values.size() <= most) return state_->fixed_texts(path, attribute, values);
  for (std::size_t begin = 0, part = 0; begin < values.size(); begin += most, ++part) {
    state_->fixed_texts(path, fmt::format("{}{}", attribute, part),
                        values.subspan(begin, std::min(most, values.size() - begin)));
  }
}

void Hdf5Writer::floats(const std::string& dataset, const Shape& shape,
                        std::span<const float> values) {
  const Lock lock;
  state_->dataset(dataset, shape, H5T_IEEE_F32LE, H5T_NATIVE_FLOAT, values.data());
}

void Hdf5Writer::integer(const std::string& dataset, std::int64_t value) {
  const Lock lock;
  state_->dataset(dataset, {}, H5T_STD_I64LE, H5T_NATIVE_INT64, &value);
}

Result<Bytes> Hdf5Writer::finish() && {
  const Lock lock;
  if (state_->problem.empty() && H5Fflush(state_->file.get(), H5F_SCOPE_GLOBAL) >= 0) {
    const auto size = H5Fget_file_image(state_->file.get(), nullptr, 0);
    Bytes bytes(static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
    if (size > 0 && H5Fget_file_image(state_->file.get(), bytes.data(), bytes.size()) == size) {
      return bytes;
    }
  }
  return fail(Errc::kInternal, "the HDF5 library cannot write {}",
              state_->problem.empty() ? "the file" : state_->problem);
}

}  // namespace dk::model
