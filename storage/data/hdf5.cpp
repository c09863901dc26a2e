// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/did_you_mean.hpp"
#include "base/files.hpp"
#include "storage/data/array_file.hpp"
#include "storage/data/hdf5_library.hpp"
#include "storage/data/run_guarded.hpp"

#include <algorithm>
#include <limits>

namespace dk::storage {
namespace {

constexpr std::size_t kCheckFloats = std::size_t{1} << 20;
constexpr std::size_t kMostNames = 50;

/// A dataset of one file, opened by the library. Its calls take the library's lock.
class Hdf5Array final : public ArrayFile {
 public:
  static Result<std::unique_ptr<ArrayFile>> open(const std::filesystem::path& path,
                                                 const std::string& dataset) {
    const hdf5::Lock lock;
    hdf5::File file(H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT));
    if (!file.ok()) {
      return fail(Errc::kCorrupt, "{}: the HDF5 library cannot open it", path.string());
    }
    DK_TRY_ASSIGN(const auto name, choose(file, path, dataset));
    const auto place = fmt::format("{}: {}", path.string(), name);
    hdf5::Dataset data(H5Dopen2(file.get(), name.c_str(), H5P_DEFAULT));
    if (!data.ok()) return fail(Errc::kCorrupt, "{}: cannot be opened", place);
    DK_TRY_ASSIGN(const bool bytes, check_type(data, place));
    DK_TRY_ASSIGN(auto shape, shape_of(data, place));
    return std::unique_ptr<ArrayFile>(
        new Hdf5Array(place, std::move(shape), std::move(file), std::move(data), bytes));
  }
  ~Hdf5Array() override {
    const hdf5::Lock lock;
    data_ = hdf5::Dataset();
    file_ = hdf5::File();
  }
  Hdf5Array(const Hdf5Array&) = delete;
  Hdf5Array& operator=(const Hdf5Array&) = delete;

  [[nodiscard]] bool is_bytes() const override { return bytes_; }

  Result<void> read(std::uint64_t first, std::size_t count, std::span<float> out) const override {
    const hdf5::Lock lock;
    const hdf5::Space space(H5Dget_space(data_.get()));
    std::vector<hsize_t> start(shape().size(), 0);
    std::vector<hsize_t> size(shape().begin(), shape().end());
    start.front() = first;
    size.front() = count;
    const hdf5::Space memory(H5Screate_simple(static_cast<int>(size.size()), size.data(), nullptr));

    if (H5Sselect_hyperslab(space.get(), H5S_SELECT_SET, start.data(), nullptr, size.data(),
                            nullptr) < 0 ||
        H5Dread(data_.get(), H5T_NATIVE_FLOAT, memory.get(), space.get(), H5P_DEFAULT, out.data()) <
            0) {
      return fail(Errc::kCorrupt, "{}: rows {} to {} cannot be read: {}", name(), first,
                  first + count - 1, hdf5::last_error());
    }
    return {};
  }

 private:
  Hdf5Array(std::string name, std::vector<std::size_t> shape, hdf5::File file, hdf5::Dataset data,
            bool bytes)
      : ArrayFile(std::move(name), std::move(shape)),
        file_(std::move(file)),
        data_(std::move(data)),
        bytes_(bytes) {}

  /// The path of the dataset that is asked for, or of the only one.
  static Result<std::string> choose(const hdf5::File& file, const std::filesystem::path& path,
                                    const std::string& dataset) {
    const auto names = hdf5::dataset_names(file, kMostNames);
    const auto wanted = dataset.starts_with('/') || dataset.empty() ? dataset : "/" + dataset;
    if (wanted.empty()) {
      if (names.size() == 1) return names.front();
      return fail(Errc::kInvalid, "{}: which of its datasets? allowed: {}", path.string(),
                  names.empty() ? "there are none" : listed(names));
    }
    if (hdf5::is_dataset(file, wanted)) return wanted;
    return fail(Errc::kInvalid, "{}: no dataset '{}'{}", path.string(), wanted,
                did_you_mean(wanted, names));
  }

  /// Whether the values are unsigned bytes.
  static Result<bool> check_type(const hdf5::Dataset& data, const std::string& place) {
    const hdf5::Type type(H5Dget_type(data.get()));
    const auto kind = type.ok() ? H5Tget_class(type.get()) : H5T_NO_CLASS;
    if (kind != H5T_FLOAT && kind != H5T_INTEGER) {
      return fail(Errc::kInvalid, "{}: its values are no numbers; floats and integers are read",
                  place);
    }
    return kind == H5T_INTEGER && H5Tget_size(type.get()) == 1 &&
           H5Tget_sign(type.get()) == H5T_SGN_NONE;
  }

  static Result<std::vector<std::size_t>> shape_of(const hdf5::Dataset& data,
                                                   const std::string& place) {
    const hdf5::Space space(H5Dget_space(data.get()));
    hsize_t axes[H5S_MAX_RANK];
    const int rank = space.ok() ? H5Sget_simple_extent_dims(space.get(), axes, nullptr) : -1;
    if (rank < 1) return fail(Errc::kInvalid, "{}: one value, no rows", place);
    std::size_t total = 4;
    for (int i = 0; i < rank; ++i) {
      if (axes[i] == 0 || axes[i] > std::numeric_limits<std::int64_t>::max() / total) {
        return fail(Errc::kInvalid, "{}: dimension {} has size {}", place, i + 1, axes[i]);
      }
      total *= axes[i];
    }
    return std::vector<std::size_t>(axes, axes + rank);
  }

  hdf5::File file_;
  hdf5::Dataset data_;
  bool bytes_;
};

/// Reads everything once.
Result<void> read_all(const std::filesystem::path& path, const std::string& dataset) {
  DK_TRY_ASSIGN(const auto array, Hdf5Array::open(path, dataset));
  if (array->row_size() > (std::size_t{1} << 30)) {
    return fail(Errc::kInvalid, "{}: a row of {} values", array->name(), array->row_size());
  }
  const auto step = std::max<std::size_t>(1, kCheckFloats / array->row_size());
  std::vector<float> values;
  for (std::uint64_t row = 0; row < array->rows(); row += step) {
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(step, array->rows() - row));
    values.resize(count * array->row_size());
    DK_TRY(array->read(row, count, values));
  }
  return {};
}

Result<std::vector<std::string>> list_names(const std::filesystem::path& path) {
  const hdf5::Lock lock;
  const hdf5::File file(H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT));
  if (!file.ok()) {
    return fail(Errc::kCorrupt, "{}: the HDF5 library cannot open it", path.string());
  }
  return hdf5::dataset_names(file, kMostNames);
}

}  // namespace

Result<std::vector<std::string>> hdf5_names(const std::filesystem::path& path) {
  constexpr unsigned kSeconds = 5;
  {
    const hdf5::Lock lock;
    DK_TRY(run_guarded(path.string(), kSeconds, [&]() -> Result<void> {
      hdf5::Lock::never_again();
      const auto listed = list_names(path);
      return listed ? Result<void>() : fail(listed.error());
    }));
  }
  return list_names(path);
}

Result<std::unique_ptr<ArrayFile>> open_hdf5(const std::filesystem::path& path,
                                             const std::string& dataset, FileAccess& access) {
  std::error_code code;
  const auto size = std::filesystem::file_size(path, code);
  if (code) {
    return fail(code == std::errc::no_such_file_or_directory ? Errc::kNotFound : Errc::kIo,
                "{}: {}", path.string(), code.message());
  }
  DK_TRY_ASSIGN(const auto checked, access.cache.entry(path, "hdf5 read once 1 " + dataset));
  if (!access.cache.use(checked)) {
    const hdf5::Lock lock;  // no other thread is within the library when the process is copied
    const auto seconds = static_cast<unsigned>(2 + (size >> 20));
    DK_TRY(run_guarded(path.string(), seconds, [&] {
      hdf5::Lock::never_again();
      return read_all(path, dataset);
    }));
    static_cast<void>(access.cache.put(
        checked, [](const std::filesystem::path& part) { return write_file_atomic(part, {}); }));
  }
  return Hdf5Array::open(path, dataset);
}

}  // namespace dk::storage
