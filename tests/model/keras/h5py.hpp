// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/bytes.hpp"
#include "model/shape.hpp"

#include <gtest/gtest.h>
#include <hdf5.h>

#include <algorithm>
#include <string>
#include <vector>

namespace dk::model::test {

/// Makes HDF5 files as Keras does through h5py, straight with the HDF5 library.
class H5py {
 public:
  H5py() {
    const hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    H5Pset_fapl_core(access, 1 << 16, 0);
    file_ = H5Fcreate("h5py.h5", H5F_ACC_TRUNC, H5P_DEFAULT, access);
    H5Pclose(access);
  }
  ~H5py() { H5Fclose(file_); }
  H5py(const H5py&) = delete;
  H5py& operator=(const H5py&) = delete;

  void group(const std::string& path) {
    H5Gclose(H5Gcreate2(file_, path.c_str(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
  }
  /// `attrs[name] = b'...'`: h5py 2 and 3 make it variable, older ones fixed.
  void text(const std::string& path, const std::string& name, const std::string& value,
            bool fixed = false) {
    const hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, fixed ? value.size() : H5T_VARIABLE);
    const hid_t space = H5Screate(H5S_SCALAR);
    const char* data = value.c_str();
    attribute(path, name, type, space, fixed ? static_cast<const void*>(data) : &data);
  }
  /// `attrs[name] = [b'...', b'...']`
  void texts(const std::string& path, const std::string& name,
             const std::vector<std::string>& values) {
    std::size_t width = 1;
    for (const auto& value : values) width = std::max(width, value.size());
    std::string padded;
    for (const auto& value : values) padded += value + std::string(width - value.size(), '\0');
    const hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, width);
    H5Tset_strpad(type, H5T_STR_NULLPAD);
    const hsize_t count = values.size();
    attribute(path, name, type, H5Screate_simple(1, &count, nullptr), padded.data());
  }
  void floats(const std::string& path, const Shape& shape, const std::vector<float>& values) {
    const std::vector<hsize_t> axes(shape.begin(), shape.end());
    dataset(path, H5Screate_simple(static_cast<int>(axes.size()), axes.data(), nullptr),
            H5T_IEEE_F32LE, H5T_NATIVE_FLOAT, values.data());
  }
  void integer(const std::string& path, std::int64_t value) {
    dataset(path, H5Screate(H5S_SCALAR), H5T_STD_I64LE, H5T_NATIVE_INT64, &value);
  }

  /// A layer's group, with datasets named as in `weight_names`; values are 0, 1, 2 ... from
  /// `first`.
  void layer(const std::string& root, const std::string& name,
             const std::vector<std::pair<std::string, Shape>>& weights, float first = 0) {
    const auto path = root + "/" + name;
    group(path);
    std::vector<std::string> names;
    for (const auto& weight : weights) names.push_back(weight.first);
    texts(path, "weight_names", names);
    for (const auto& [weight, shape] : weights) {
      std::vector<float> values(*element_count(shape));
      for (float& value : values) value = first++;
      floats(path + "/" + weight, shape, values);
    }
  }

  Bytes bytes() {
    H5Fflush(file_, H5F_SCOPE_GLOBAL);
    Bytes image(static_cast<std::size_t>(H5Fget_file_image(file_, nullptr, 0)));
    H5Fget_file_image(file_, image.data(), image.size());
    return image;
  }

 private:
  void attribute(const std::string& path, const std::string& name, hid_t type, hid_t space,
                 const void* data) {
    const hid_t made = H5Acreate_by_name(file_, path.c_str(), name.c_str(), type, space,
                                         H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    ASSERT_GE(made, 0);
    if (H5Sget_simple_extent_npoints(space) > 0) H5Awrite(made, type, data);
    H5Aclose(made);
    H5Sclose(space);
    H5Tclose(type);
  }
  void dataset(const std::string& path, hid_t space, hid_t type, hid_t memory, const void* data) {
    const hid_t links = H5Pcreate(H5P_LINK_CREATE);
    H5Pset_create_intermediate_group(links, 1);
    const hid_t made =
        H5Dcreate2(file_, path.c_str(), type, space, links, H5P_DEFAULT, H5P_DEFAULT);
    ASSERT_GE(made, 0);
    H5Dwrite(made, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, data);
    H5Dclose(made);
    H5Sclose(space);
    H5Pclose(links);
  }

  hid_t file_;
};

}  // namespace dk::model::test
