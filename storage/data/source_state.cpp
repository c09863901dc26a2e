// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage/data/source_state.hpp"

#include "base/bytes.hpp"
#include "base/checksum.hpp"
#include "storage/data/find_files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace dk::storage {
namespace {

constexpr std::uint64_t kPieces = 16;
constexpr std::uint64_t kPieceBytes = 8 << 10;

tl::unexpected<Error> failed(const std::filesystem::path& path, const char* what) {
  return fail(errno == ENOENT ? Errc::kNotFound : Errc::kIo, "{}: cannot {}: {}", path.string(),
              what, std::strerror(errno));
}

Result<void> add_files(std::span<const std::string> patterns, std::vector<FileState>& states) {
  DK_TRY_ASSIGN(const auto paths, find_files(patterns));
  for (const auto& path : paths) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) return failed(path, "inspect");
    states.push_back({path, static_cast<std::uint64_t>(status.st_size),
                      std::int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec,
                      status.st_ino});
  }
  return {};
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int get() const { return fd_; }

 private:
  int fd_;
};

Result<void> add_pieces(const FileState& file, ByteWriter& out) {
  const Descriptor opened(::open(file.path.c_str(), O_RDONLY | O_CLOEXEC));
  if (opened.get() < 0) return failed(file.path, "open");
  std::vector<std::byte> piece(std::min(kPieceBytes, file.size_bytes));
  const auto room = file.size_bytes - piece.size();
  for (std::uint64_t i = 0; i < kPieces; ++i) {
    const auto at = room * i / (kPieces - 1);
    std::size_t done = 0;
    while (done < piece.size()) {
      const auto count = ::pread(opened.get(), piece.data() + done, piece.size() - done,
                                 static_cast<off_t>(at + done));
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return failed(file.path, "read");
      if (count == 0) return fail(Errc::kIo, "{}: became shorter meanwhile", file.path.string());
      done += static_cast<std::size_t>(count);
    }
    out.put(checksum(piece));
  }
  return {};
}

}  // namespace

Result<std::vector<FileState>> file_states(const SourceConfig& config) {
  std::vector<FileState> states;
  DK_TRY(add_files(config.files, states));
  for (const auto* fields : {&config.features, &config.labels}) {
    for (const auto& field : *fields) DK_TRY(add_files(field.files, states));
  }
  return states;
}

Result<std::uint64_t> fingerprint(std::span<const FileState> files) {
  ByteWriter out;
  for (const auto& file : files) {
    out.put(std::string_view(file.path.filename().native()));
    out.put(file.size_bytes);
    DK_TRY(add_pieces(file, out));
  }
  return checksum(out.bytes());
}

}  // namespace dk::storage
