// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <hdf5.h>
#include <zip.h>
#include <zlib.h>
#include <zstd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

namespace dk::storage::test {

inline void write_text(const std::filesystem::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

/// An IDX file of unsigned bytes.
inline std::string idx_of(const std::vector<std::uint32_t>& shape, const std::string& values,
                          char type = 0x08) {
  std::string file{'\0', '\0', type, static_cast<char>(shape.size())};
  for (const auto size : shape) {
    for (int shift = 24; shift >= 0; shift -= 8) file.push_back(static_cast<char>(size >> shift));
  }
  return file + values;
}

inline std::string gzip_of(const std::string& bytes) {
  z_stream stream{};
  deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
  std::string packed(deflateBound(&stream, bytes.size()), '\0');
  stream.next_in = reinterpret_cast<unsigned char*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<unsigned char*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

inline std::string zstd_of(const std::string& bytes) {
  std::string packed(ZSTD_compressBound(bytes.size()), '\0');
  packed.resize(ZSTD_compress(packed.data(), packed.size(), bytes.data(), bytes.size(), 1));
  return packed;
}

/// An NPZ file of `.npy` texts by name, deflated as by numpy.savez_compressed.
inline void write_npz(const std::filesystem::path& path,
                      const std::vector<std::pair<std::string, std::string>>& arrays) {
  zip_t* zip = zip_open(path.c_str(), ZIP_CREATE | ZIP_TRUNCATE, nullptr);
  for (const auto& [name, bytes] : arrays) {
    zip_file_add(zip, (name + ".npy").c_str(),
                 zip_source_buffer(zip, bytes.data(), bytes.size(), 0), 0);
  }
  zip_close(zip);
}

/// An HDF5 file of one dataset, as h5py writes it; `chunk` rows each deflated, 0: in one piece.
inline void write_hdf5(const std::filesystem::path& path, const std::string& dataset,
                       const std::vector<hsize_t>& shape, const std::vector<double>& values,
                       hid_t stored_as, hsize_t chunk = 0) {
  const auto file = H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  const auto links = H5Pcreate(H5P_LINK_CREATE);
  H5Pset_create_intermediate_group(links, 1);
  const auto create = H5Pcreate(H5P_DATASET_CREATE);
  if (chunk > 0) {
    auto chunks = shape;
    chunks[0] = chunk;
    H5Pset_chunk(create, static_cast<int>(chunks.size()), chunks.data());
    H5Pset_deflate(create, 6);
  }
  const auto space = H5Screate_simple(static_cast<int>(shape.size()), shape.data(), nullptr);
  const auto data = H5Dcreate2(file, dataset.c_str(), stored_as, space, links, create, H5P_DEFAULT);
  H5Dwrite(data, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data());
  H5Dclose(data);
  H5Sclose(space);
  H5Pclose(create);
  H5Pclose(links);
  H5Fclose(file);
}

}  // namespace dk::storage::test
