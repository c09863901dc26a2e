// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/keras/zip_archive.hpp"

#include <fmt/format.h>
#include <zip.h>

#include <algorithm>
#include <map>

namespace dk::model {
namespace {

constexpr std::size_t kStep = std::size_t{1} << 20;

struct ZipCloser {
  void operator()(zip_t* zip) const { zip_discard(zip); }
};
struct FileCloser {
  void operator()(zip_file_t* file) const { zip_fclose(file); }
};
struct SourceFreer {
  void operator()(zip_source_t* source) const { zip_source_free(source); }
};
using Zip = std::unique_ptr<zip_t, ZipCloser>;

struct ErrorText {
  zip_error_t error{};
  ErrorText() { zip_error_init(&error); }
  ~ErrorText() { zip_error_fini(&error); }
  ErrorText(const ErrorText&) = delete;
  ErrorText& operator=(const ErrorText&) = delete;
  std::string text() { return zip_error_strerror(&error); }
};

struct Entry {
  zip_uint64_t index = 0;
  std::size_t size = 0;
  std::size_t packed = 0;
};

}  // namespace

struct ZipReader::State {
  std::string source;
  ZipLimits limits;
  std::size_t archive_bytes = 0;
  std::size_t total = 0;
  std::size_t packed_total = 0;
  Zip zip;
  std::vector<std::string> names;
  std::map<std::string, Entry, std::less<>> entries;

  Result<void> add(zip_uint64_t index);
  Result<void> check_sizes(const std::string& name, const Entry& entry);
};

Result<void> ZipReader::State::add(zip_uint64_t index) {
  zip_stat_t stat;
  const auto all = ZIP_STAT_NAME | ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE | ZIP_STAT_COMP_METHOD |
                   ZIP_STAT_ENCRYPTION_METHOD;
  if (zip_stat_index(zip.get(), index, ZIP_FL_ENC_RAW, &stat) != 0 || (stat.valid & all) != all) {
    return fail(Errc::kCorrupt, "{}: entry {} of the zip archive is damaged", source, index);
  }
  const std::string name = stat.name;
  if (name.empty() || name.size() > limits.name_bytes) {
    return fail(Errc::kInvalid,
                "{}: entry {} of the zip archive has a name of {} bytes; allowed are 1 to {}",
                source, index, name.size(), limits.name_bytes);
  }
  if (stat.encryption_method != ZIP_EM_NONE) {
    return fail(Errc::kInvalid, "{}: '{}' is encrypted", source, name);
  }
  if (stat.comp_method != ZIP_CM_STORE && stat.comp_method != ZIP_CM_DEFLATE) {
    return fail(Errc::kInvalid, "{}: '{}' is packed with method {}; stored and deflate are read",
                source, name, stat.comp_method);
  }
  const Entry entry{index, stat.size, stat.comp_size};
  DK_TRY(check_sizes(name, entry));
  if (!entries.emplace(name, entry).second) {
    return fail(Errc::kInvalid, "{}: '{}' is there twice", source, name);
  }
  names.push_back(name);
  return {};
}

Result<void> ZipReader::State::check_sizes(const std::string& name, const Entry& entry) {
  if (entry.packed > archive_bytes - packed_total) {
    return fail(Errc::kCorrupt, "{}: '{}' is said to take {} bytes; the archive has {}", source,
                name, entry.packed, archive_bytes);
  }
  packed_total += entry.packed;
  if (entry.size > limits.total_bytes - total) {
    return fail(Errc::kInvalid, "{}: '{}' of {} bytes makes more than the {} bytes allowed", source,
                name, entry.size, limits.total_bytes);
  }
  total += entry.size;
  if (entry.size > limits.free_bytes && entry.size / limits.ratio > entry.packed) {
    return fail(Errc::kInvalid,
                "{}: '{}' would inflate from {} bytes to {}; at most {} times is allowed", source,
                name, entry.packed, entry.size, limits.ratio);
  }
  return {};
}

ZipReader::ZipReader(std::unique_ptr<State> state) : state_(std::move(state)) {}
ZipReader::ZipReader(ZipReader&&) noexcept = default;
ZipReader& ZipReader::operator=(ZipReader&&) noexcept = default;
ZipReader::~ZipReader() = default;

Result<ZipReader> ZipReader::open(std::span<const std::byte> archive, std::string source,
                                  const ZipLimits& limits) {
  auto state = std::make_unique<State>();
  state->source = std::move(source);
  state->limits = limits;
  state->archive_bytes = archive.size();
  // The library takes nothing at all for an empty archive.
  if (archive.empty()) return fail(Errc::kCorrupt, "{}: not a zip archive: empty", state->source);
  ErrorText error;
  zip_source_t* buffer = zip_source_buffer_create(archive.data(), archive.size(), 0, &error.error);
  if (buffer != nullptr) {
    state->zip.reset(zip_open_from_source(buffer, ZIP_RDONLY, &error.error));
    if (!state->zip) zip_source_free(buffer);
  }
  if (!state->zip) {
    return fail(Errc::kCorrupt, "{}: not a zip archive: {}", state->source, error.text());
  }
  const auto count = zip_get_num_entries(state->zip.get(), 0);
  if (count < 0 || static_cast<std::size_t>(count) > limits.entries) {
    return fail(Errc::kInvalid, "{}: the zip archive has {} entries; at most {} are allowed",
                state->source, count, limits.entries);
  }
  for (zip_int64_t i = 0; i < count; ++i) DK_TRY(state->add(static_cast<zip_uint64_t>(i)));
  return ZipReader(std::move(state));
}

const std::vector<std::string>& ZipReader::names() const {
  return state_->names;
}

bool ZipReader::has(std::string_view name) const {
  return state_->entries.contains(name);
}

Result<std::string> ZipReader::read(std::string_view name) {
  const auto found = state_->entries.find(name);
  if (found == state_->entries.end()) {
    return fail(Errc::kInvalid, "{}: there is no '{}' in the archive", state_->source, name);
  }
  const Entry& entry = found->second;
  const std::unique_ptr<zip_file_t, FileCloser> file(
      zip_fopen_index(state_->zip.get(), entry.index, 0));
  if (!file) {
    return fail(Errc::kCorrupt, "{}: '{}': {}", state_->source, name,
                zip_strerror(state_->zip.get()));
  }
  std::string bytes;
  while (bytes.size() <= entry.size) {
    const auto begin = bytes.size();
    // One byte more than announced: only then is the checksum looked at, and an excess seen.
    bytes.resize(begin + std::min(kStep, entry.size - begin + 1));
    const auto count = zip_fread(file.get(), bytes.data() + begin, bytes.size() - begin);
    if (count < 0) {
      return fail(Errc::kCorrupt, "{}: '{}': {}", state_->source, name,
                  zip_file_strerror(file.get()));
    }
    bytes.resize(begin + static_cast<std::size_t>(count));
    if (count == 0) break;
  }
  if (bytes.size() == entry.size) return bytes;
  return fail(Errc::kCorrupt, "{}: '{}' should have {} bytes and has {}", state_->source, name,
              entry.size, bytes.size() > entry.size ? "more" : fmt::format("{}", bytes.size()));
}

namespace {

/// Only the end of a directory; the library writes nothing at all instead.
Bytes empty_archive() {
  ByteWriter out;
  out.put(std::uint32_t{0x06054b50});
  out.put_raw(Bytes(18));
  return std::move(out).take();
}

Result<Bytes> bytes_of(zip_source_t* source) {
  const auto refused = [&] {
    return fail(Errc::kInternal, "writing a zip archive: {}",
                zip_error_strerror(zip_source_error(source)));
  };
  zip_stat_t stat;
  if (zip_source_stat(source, &stat) != 0 || zip_source_open(source) != 0) return refused();
  Bytes bytes(stat.size);
  const auto count = zip_source_read(source, bytes.data(), bytes.size());
  zip_source_close(source);
  if (count < 0 || static_cast<std::size_t>(count) != bytes.size()) return refused();
  return bytes;
}

}  // namespace

Result<Bytes> zip_of(std::span<const ZipEntry> entries) {
  if (entries.empty()) return empty_archive();
  ErrorText error;
  const std::unique_ptr<zip_source_t, SourceFreer> target(
      zip_source_buffer_create(nullptr, 0, 0, &error.error));
  if (!target) return fail(Errc::kInternal, "writing a zip archive: {}", error.text());
  zip_source_keep(target.get());
  Zip zip(zip_open_from_source(target.get(), ZIP_TRUNCATE, &error.error));
  if (!zip) return fail(Errc::kInternal, "writing a zip archive: {}", error.text());
  constexpr zip_uint16_t kDay1Of1980 = 0x21;
  for (const ZipEntry& entry : entries) {
    zip_source_t* source = zip_source_buffer(zip.get(), entry.bytes.data(), entry.bytes.size(), 0);
    const auto index = source == nullptr
                           ? -1
                           : zip_file_add(zip.get(), entry.name.c_str(), source, ZIP_FL_ENC_UTF_8);
    if (index < 0) {
      zip_source_free(source);
      return fail(Errc::kInvalid, "writing '{}' into a zip archive: {}", entry.name,
                  zip_strerror(zip.get()));
    }
    const auto at = static_cast<zip_uint64_t>(index);
    zip_set_file_compression(zip.get(), at, ZIP_CM_STORE, 0);
    zip_file_set_dostime(zip.get(), at, 0, kDay1Of1980, 0);
  }
  if (zip_close(zip.get()) != 0) {
    return fail(Errc::kInternal, "writing a zip archive: {}", zip_strerror(zip.get()));
  }
  static_cast<void>(zip.release());
  return bytes_of(target.get());
}

}  // namespace dk::model
