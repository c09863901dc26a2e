// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage/data/hdf5_library.hpp"

namespace dk::storage::hdf5 {
namespace {

struct Names {
  std::vector<std::string> paths;
  std::size_t most = 0;
};

herr_t add_name(hid_t, const char* name, const H5O_info_t* info, void* data) {
  auto& names = *static_cast<Names*>(data);
  if (info->type == H5O_TYPE_DATASET) names.paths.push_back("/" + std::string(name));
  return names.paths.size() < names.most ? 0 : 1;
}

herr_t keep_first(unsigned number, const H5E_error2_t* error, void* text) {
  if (number == 0 && error->desc != nullptr) *static_cast<std::string*>(text) = error->desc;
  return 0;
}

}  // namespace

std::vector<std::string> dataset_names(const File& file, std::size_t most) {
  Names names{{}, most};
  H5Ovisit2(file.get(), H5_INDEX_NAME, H5_ITER_INC, add_name, &names, H5O_INFO_BASIC);
  return names.paths;
}

bool is_dataset(const File& file, const std::string& path) {
  const Handle<H5Oclose> object(H5Oopen(file.get(), path.c_str(), H5P_DEFAULT));
  return object.ok() && H5Iget_type(object.get()) == H5I_DATASET;
}

std::string last_error() {
  std::string text;
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, keep_first, &text);
  return text.empty() ? "no reason is given" : text;
}

}  // namespace dk::storage::hdf5
