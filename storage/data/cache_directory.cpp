// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage/data/cache_directory.hpp"

#include "base/checksum.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <vector>

namespace dk::storage {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kName = "distributed-keras";
/// Looking at every entry takes long where they are many and small.
constexpr std::uint64_t kLookEvery = 16;

fs::path standard_path() {
  const auto variable = [](const char* name) -> std::string {
    const char* text = std::getenv(name);
    return text == nullptr ? "" : text;
  };
  if (const auto path = variable("DK_CACHE_DIR"); !path.empty()) return path;
  if (const auto path = variable("XDG_CACHE_HOME"); !path.empty()) return fs::path(path) / kName;
  if (const auto path = variable("HOME"); !path.empty()) return fs::path(path) / ".cache" / kName;
  std::error_code code;
  return fs::temp_directory_path(code) / fmt::format("{}-{}", kName, ::getuid());
}

}  // namespace

CacheDirectory CacheDirectory::standard() {
  return CacheDirectory(standard_path());
}

CacheDirectory::CacheDirectory(fs::path path, std::uint64_t limit)
    : path_(std::move(path)),
      limit_(limit),
      unseen_(std::make_shared<std::atomic<std::uint64_t>>(limit)) {}

Result<fs::path> CacheDirectory::entry(const fs::path& source, std::string_view what) const {
  struct stat status {};
  if (::stat(source.c_str(), &status) != 0) {
    return fail(errno == ENOENT ? Errc::kNotFound : Errc::kIo, "{}: cannot inspect: {}",
                source.string(), std::strerror(errno));
  }
  std::error_code code;
  const auto whole = fs::weakly_canonical(source, code);
  const auto key = fmt::format("{}\n{}\n{}.{}\n{}", (code ? source : whole).string(),
                               status.st_size, status.st_mtim.tv_sec, status.st_mtim.tv_nsec, what);
  return entry_named(key);
}

fs::path CacheDirectory::entry_named(std::string_view what) const {
  return path_ / fmt::format("{:016x}", checksum(std::as_bytes(std::span(what))));
}

Result<void> CacheDirectory::put(const fs::path& entry,
                                 const std::function<Result<void>(const fs::path&)>& write) const {
  static std::atomic<unsigned> counter{0};
  std::error_code code;
  fs::create_directories(path_, code);
  if (code) return fail(Errc::kIo, "{}: cannot create: {}", path_.string(), code.message());
  const fs::path part = fmt::format("{}.{}-{}.part", entry.string(), ::getpid(), ++counter);
  if (auto written = write(part); !written) {
    fs::remove(part, code);
    return written;
  }
  fs::rename(part, entry, code);
  if (code) {
    const auto reason = code.message();
    fs::remove(part, code);
    return fail(Errc::kIo, "{}: cannot write: {}", entry.string(), reason);
  }
  const auto size = fs::file_size(entry, code);
  const auto unseen = code ? limit_ : unseen_->fetch_add(size) + size;
  if (unseen >= limit_ / kLookEvery) {
    unseen_->store(0);
    trim(entry);
  }
  return {};
}

bool CacheDirectory::use(const fs::path& entry) const {
  std::error_code code;
  fs::last_write_time(entry, fs::file_time_type::clock::now(), code);
  return !code;
}

void CacheDirectory::trim(const fs::path& keep) const {
  struct Entry {
    fs::file_time_type used;
    std::uint64_t size = 0;
    fs::path path;
  };
  std::vector<Entry> entries;
  std::uint64_t total = 0;
  std::error_code code;
  for (fs::directory_iterator at(path_, code), end; !code && at != end; at.increment(code)) {
    std::error_code gone;
    const auto size = at->file_size(gone);
    const auto used = at->last_write_time(gone);
    if (gone) continue;
    total += size;
    if (at->path() != keep) entries.push_back({used, size, at->path()});
  }
  std::sort(entries.begin(), entries.end(),
            [](const Entry& a, const Entry& b) { return a.used < b.used; });
  for (const auto& entry : entries) {
    if (total <= limit_) return;
    if (fs::remove(entry.path, code)) total -= entry.size;
  }
}

}  // namespace dk::storage
