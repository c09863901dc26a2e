// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage/data/byte_file.hpp"

#include "storage/data/byte_source.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

namespace dk::storage {
namespace {

constexpr std::size_t kStepBytes = std::size_t{1} << 20;

/// Reads into `bytes`, but not much more than `most` in all. True at the end.
Result<bool> read_up_to(const ByteFile::Read& read, std::uint64_t most,
                        std::vector<std::byte>& bytes) {
  while (true) {
    const auto done = bytes.size();
    bytes.resize(done + std::min<std::uint64_t>(kStepBytes, most + 1 - done));
    const auto room = bytes.size() - done;
    DK_TRY_ASSIGN(const auto count, read(std::span(bytes).subspan(done)));
    bytes.resize(done + count);
    if (count < room) return true;
    if (bytes.size() > most) return false;
  }
}

struct FileCloser {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

/// `start` and then all that follows.
Result<void> copy(std::span<const std::byte> start, const ByteFile::Read& read,
                  const std::filesystem::path& to) {
  const auto failed = [&] {
    return fail(Errc::kIo, "{}: cannot write: {}", to.string(), std::strerror(errno));
  };
  const std::unique_ptr<std::FILE, FileCloser> file(std::fopen(to.c_str(), "wbx"));
  if (!file) return failed();
  if (std::fwrite(start.data(), 1, start.size(), file.get()) != start.size()) return failed();
  std::vector<std::byte> buffer(kStepBytes);
  while (true) {
    DK_TRY_ASSIGN(const auto count, read(buffer));
    if (std::fwrite(buffer.data(), 1, count, file.get()) != count) return failed();
    if (count < buffer.size()) break;
  }
  if (std::fflush(file.get()) != 0) return failed();
  return {};
}

}  // namespace

Result<std::shared_ptr<const ByteFile>> ByteFile::open(const std::filesystem::path& path,
                                                       FileAccess& access) {
  DK_TRY_ASSIGN(const auto source, ByteSource::open(path));
  if (source.is_packed()) {
    const auto inflated = [&path]() -> Result<Read> {
      DK_TRY_ASSIGN(auto opened, ByteSource::open(path));
      const auto shared = std::make_shared<ByteSource>(std::move(opened));
      return [shared](std::span<std::byte> out) { return shared->read(out); };
    };
    return unpack(path, "inflated", inflated, access);
  }
  std::shared_ptr<ByteFile> file(new ByteFile(path));
  DK_TRY(file->open_plain(path));
  return file;
}

Result<std::shared_ptr<const ByteFile>> ByteFile::unpack(const std::filesystem::path& path,
                                                         std::string_view what,
                                                         const std::function<Result<Read>()>& make,
                                                         FileAccess& access) {
  std::shared_ptr<ByteFile> file(new ByteFile(path));
  DK_TRY_ASSIGN(const auto entry, access.cache.entry(path, what));
  if (!access.cache.use(entry)) {
    DK_TRY_ASSIGN(const auto read, make());
    DK_TRY_ASSIGN(const bool whole, read_up_to(read, access.memory_bytes, file->bytes_));
    if (whole) {
      file->bytes_.shrink_to_fit();
      file->size_ = file->bytes_.size();
      access.memory_bytes -= file->size_;
      return file;
    }
    DK_TRY(access.cache.put(
        entry, [&](const std::filesystem::path& part) { return copy(file->bytes_, read, part); }));
    file->bytes_ = {};
  }
  DK_TRY(file->open_plain(entry));
  return file;
}

ByteFile::~ByteFile() {
  if (fd_ >= 0) ::close(fd_);
}

Result<void> ByteFile::open_plain(const std::filesystem::path& real) {
  fd_ = ::open(real.c_str(), O_RDONLY | O_CLOEXEC);
  struct stat status {};
  if (fd_ < 0 || ::fstat(fd_, &status) != 0) {
    return fail(errno == ENOENT ? Errc::kNotFound : Errc::kIo, "{}: cannot open: {}", real.string(),
                std::strerror(errno));
  }
  size_ = static_cast<std::uint64_t>(status.st_size);
  return {};
}

Result<std::size_t> ByteFile::read_some(std::uint64_t offset, std::span<std::byte> out) const {
  if (fd_ < 0) {
    const auto count = std::min<std::uint64_t>(out.size(), size_ - std::min(size_, offset));
    std::copy_n(bytes_.data() + std::min(size_, offset), count, out.data());
    return static_cast<std::size_t>(count);
  }
  std::size_t total = 0;
  while (total < out.size()) {
    const ssize_t count =
        ::pread(fd_, out.data() + total, out.size() - total, static_cast<off_t>(offset + total));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      return fail(Errc::kIo, "{}: cannot read at byte {}: {}", path_.string(), offset + total,
                  std::strerror(errno));
    }
    if (count == 0) break;
    total += static_cast<std::size_t>(count);
  }
  return total;
}

Result<void> ByteFile::read(std::uint64_t offset, std::span<std::byte> out) const {
  DK_TRY_ASSIGN(const auto count, read_some(offset, out));
  if (count == out.size()) return {};
  return fail(Errc::kCorrupt, "{}: ends at byte {}; {} bytes should follow byte {}", path_.string(),
              offset + count, out.size(), offset);
}

}  // namespace dk::storage
