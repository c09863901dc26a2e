// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/did_you_mean.hpp"
#include "storage/data/flat_array.hpp"

#include <zip.h>

namespace dk::storage {
namespace {

constexpr zip_int64_t kMostEntries = 10'000;
// What deflate cannot exceed; a header that announces more lies.
constexpr std::uint64_t kMostInflation = 1032;
constexpr std::uint64_t kFreeBytes = std::uint64_t{1} << 16;

struct ZipCloser {
  void operator()(zip_t* zip) const { zip_discard(zip); }
};
using Zip = std::shared_ptr<zip_t>;

Result<Zip> open_zip(const std::filesystem::path& path) {
  int code = 0;
  zip_t* raw = zip_open(path.c_str(), ZIP_RDONLY, &code);
  if (raw != nullptr) return Zip(raw, ZipCloser());
  zip_error_t error;
  zip_error_init_with_code(&error, code);
  const std::string text = zip_error_strerror(&error);
  zip_error_fini(&error);
  return fail(code == ZIP_ER_NOENT ? Errc::kNotFound : Errc::kCorrupt,
              "{}: not an NPZ file, which is a zip archive: {}", path.string(), text);
}

/// The arrays, without the `.npy` that NumPy adds to each.
Result<std::vector<std::string>> names(const Zip& zip, const std::filesystem::path& path) {
  const zip_int64_t count = zip_get_num_entries(zip.get(), 0);
  if (count < 1 || count > kMostEntries) {
    return fail(Errc::kInvalid, "{}: {} arrays; allowed are 1 to {}", path.string(), count,
                kMostEntries);
  }
  std::vector<std::string> found;
  for (zip_int64_t i = 0; i < count; ++i) {
    const char* raw = zip_get_name(zip.get(), static_cast<zip_uint64_t>(i), ZIP_FL_ENC_RAW);
    std::string name = raw == nullptr ? "" : raw;
    if (name.ends_with(".npy")) name.resize(name.size() - 4);
    found.push_back(std::move(name));
  }
  return found;
}

Result<zip_uint64_t> find(const Zip& zip, const std::filesystem::path& path,
                          const std::string& dataset) {
  DK_TRY_ASSIGN(const auto all, names(zip, path));
  if (dataset.empty() && all.size() == 1) return zip_uint64_t{0};
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (all[i] == dataset) return static_cast<zip_uint64_t>(i);
  }
  if (dataset.empty()) {
    return fail(Errc::kInvalid, "{}: which of its arrays? allowed: {}", path.string(), listed(all));
  }
  return fail(Errc::kInvalid, "{}: no array '{}'{}", path.string(), dataset,
              did_you_mean(dataset, all));
}

struct Entry {
  Zip zip;
  std::shared_ptr<zip_file_t> file;
  std::string name;
  std::uint64_t size = 0;
  std::uint64_t done = 0;

  Result<std::size_t> read(std::span<std::byte> out) {
    std::size_t total = 0;
    while (total < out.size()) {
      const auto count = zip_fread(file.get(), out.data() + total, out.size() - total);
      if (count < 0) {
        return fail(Errc::kCorrupt, "{}: byte {}: {}", name, done, zip_file_strerror(file.get()));
      }
      if (count == 0) break;
      total += static_cast<std::size_t>(count);
      done += static_cast<std::uint64_t>(count);
    }
    if (done > size || (total < out.size() && done != size)) {
      return fail(Errc::kCorrupt, "{}: has {} bytes; the archive says {}", name, done, size);
    }
    return total;
  }
};

Result<ByteFile::Read> open_entry(const Zip& zip, zip_uint64_t index, const std::string& name) {
  zip_stat_t stat;
  constexpr auto kWanted = ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE;
  if (zip_stat_index(zip.get(), index, 0, &stat) != 0 || (stat.valid & kWanted) != kWanted) {
    return fail(Errc::kCorrupt, "{}: damaged", name);
  }
  if (stat.size > kFreeBytes && stat.size / kMostInflation > stat.comp_size) {
    return fail(Errc::kCorrupt, "{}: {} bytes are said to inflate to {}", name, stat.comp_size,
                stat.size);
  }
  zip_file_t* raw = zip_fopen_index(zip.get(), index, 0);
  if (raw == nullptr) return fail(Errc::kCorrupt, "{}: {}", name, zip_strerror(zip.get()));
  const auto close = [](zip_file_t* file) { zip_fclose(file); };
  auto entry = std::make_shared<Entry>(
      Entry{zip, std::shared_ptr<zip_file_t>(raw, close), name, stat.size, 0});
  return [entry](std::span<std::byte> out) { return entry->read(out); };
}

}  // namespace

Result<std::vector<std::string>> npz_names(const std::filesystem::path& path) {
  DK_TRY_ASSIGN(const auto zip, open_zip(path));
  return names(zip, path);
}

Result<std::unique_ptr<ArrayFile>> open_npz(const std::filesystem::path& path,
                                            const std::string& dataset, FileAccess& access) {
  DK_TRY_ASSIGN(const auto zip, open_zip(path));
  DK_TRY_ASSIGN(const auto index, find(zip, path, dataset));
  const auto name =
      dataset.empty() ? path.string() : fmt::format("{}: array '{}'", path.string(), dataset);
  const auto make = [&] { return open_entry(zip, index, name); };
  DK_TRY_ASSIGN(auto bytes, ByteFile::unpack(path, "npz " + dataset, make, access));
  return open_npy_bytes(name, std::move(bytes));
}

}  // namespace dk::storage
