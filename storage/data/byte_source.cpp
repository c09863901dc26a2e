// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage/data/byte_source.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>

namespace dk::storage {
namespace {

constexpr std::size_t kBufferBytes = std::size_t{1} << 16;
constexpr std::size_t kStepBytes = std::size_t{1} << 22;
// Deflate packs at most 1032 bytes into one, Zstandard a block of 128 KiB into four.
constexpr std::uint64_t kMostInflation = 1032;
constexpr std::uint64_t kMostZstdInflation = 1 << 15;
constexpr int kGzipWindow = 15 + 16;
// zstd's own default: what `zstd --long` without a number writes, and no more memory than that.
constexpr int kMostZstdWindowLog = 27;

enum class Packing { kNone, kGzip, kZstd };

Packing packing_of(std::span<const unsigned char> magic) {
  if (magic.size() >= 2 && magic[0] == 0x1f && magic[1] == 0x8b) return Packing::kGzip;
  const unsigned char zstd[] = {0x28, 0xb5, 0x2f, 0xfd};
  if (magic.size() >= 4 && std::equal(std::begin(zstd), std::end(zstd), magic.begin())) {
    return Packing::kZstd;
  }
  return Packing::kNone;
}

}  // namespace

struct ByteSource::State {
  std::filesystem::path path;
  int fd = -1;
  std::uint64_t file_bytes = 0;
  std::uint64_t file_offset = 0;
  std::uint64_t offset = 0;
  Packing packing = Packing::kNone;
  bool ended = false;
  bool between_members = false;
  z_stream inflater{};
  ZSTD_DStream* zstd = nullptr;
  ZSTD_inBuffer zstd_input{nullptr, 0, 0};
  std::vector<unsigned char> buffer = std::vector<unsigned char>(kBufferBytes);

  ~State() {
    if (packing == Packing::kGzip) inflateEnd(&inflater);
    ZSTD_freeDStream(zstd);
    if (fd >= 0) ::close(fd);
  }

  [[nodiscard]] tl::unexpected<Error> os_error(const char* verb) const {
    const int code = errno;
    return fail(code == ENOENT ? Errc::kNotFound : Errc::kIo, "{}: cannot {}: {}", path.string(),
                verb, std::strerror(code));
  }

  [[nodiscard]] tl::unexpected<Error> bad_gzip(std::string_view what) const {
    return fail(Errc::kCorrupt, "{}: gzip data at byte {}: {}", path.string(),
                file_offset - inflater.avail_in, what);
  }

  Result<std::size_t> read_file(std::span<unsigned char> out) {
    std::size_t total = 0;
    while (total < out.size()) {
      const ssize_t count = ::read(fd, out.data() + total, out.size() - total);
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return os_error("read");
      if (count == 0) break;
      total += static_cast<std::size_t>(count);
    }
    file_offset += total;
    return total;
  }

  [[nodiscard]] tl::unexpected<Error> bad_zstd(std::string_view what) const {
    return fail(Errc::kCorrupt, "{}: zstd data at byte {}: {}", path.string(),
                file_offset - (zstd_input.size - zstd_input.pos), what);
  }

  Result<void> refill() {
    DK_TRY_ASSIGN(const auto count, read_file(buffer));
    inflater.next_in = buffer.data();
    inflater.avail_in = static_cast<uInt>(count);
    return {};
  }

  Result<void> start(Packing found) {
    if (found == Packing::kGzip && inflateInit2(&inflater, kGzipWindow) != Z_OK) {
      return bad_gzip("cannot start zlib");
    }
    if (found == Packing::kZstd) {
      zstd = ZSTD_createDStream();
      if (zstd == nullptr) return bad_zstd("cannot start the library");
      ZSTD_DCtx_setParameter(zstd, ZSTD_d_windowLogMax, kMostZstdWindowLog);
    }
    packing = found;
    return {};
  }

  Result<std::size_t> read_zstd(std::span<std::byte> out) {
    ZSTD_outBuffer output{out.data(), out.size(), 0};
    while (output.pos < output.size && !ended) {
      if (zstd_input.pos == zstd_input.size) {
        DK_TRY_ASSIGN(const auto count, read_file(buffer));
        zstd_input = {buffer.data(), count, 0};
        if (count == 0 && !between_members) return bad_zstd("cut off");
        ended = count == 0;
        if (ended) break;
      }
      const std::size_t code = ZSTD_decompressStream(zstd, &output, &zstd_input);
      if (ZSTD_isError(code) != 0) return bad_zstd(ZSTD_getErrorName(code));
      between_members = code == 0;
    }
    return output.pos;
  }

  Result<std::size_t> read_packed(std::span<std::byte> out) {
    return packing == Packing::kGzip ? read_gzip(out) : read_zstd(out);
  }

  /// One step of inflating; sets `ended` at the end of the last member.
  Result<void> inflate_some() {
    if (inflater.avail_in == 0) DK_TRY(refill());
    if (inflater.avail_in == 0) {
      if (!between_members) return bad_gzip("cut off");
      ended = true;
      return {};
    }
    if (between_members) {
      if (inflater.next_in[0] != 0x1f) return bad_gzip("something else follows the gzip data");
      inflateReset(&inflater);
      between_members = false;
    }
    const int code = inflate(&inflater, Z_NO_FLUSH);
    if (code == Z_STREAM_END) {
      between_members = true;
    } else if (code != Z_OK && code != Z_BUF_ERROR) {
      return bad_gzip(inflater.msg != nullptr ? inflater.msg : "damaged");
    }
    return {};
  }

  Result<std::size_t> read_gzip(std::span<std::byte> out) {
    std::size_t total = 0;
    while (total < out.size() && !ended) {
      const auto room = std::min(out.size() - total, kStepBytes);
      inflater.next_out = reinterpret_cast<unsigned char*>(out.data() + total);
      inflater.avail_out = static_cast<uInt>(room);
      DK_TRY(inflate_some());
      total += room - inflater.avail_out;
    }
    return total;
  }
};

ByteSource::ByteSource(std::unique_ptr<State> state) : state_(std::move(state)) {}
ByteSource::ByteSource(ByteSource&&) noexcept = default;
ByteSource& ByteSource::operator=(ByteSource&&) noexcept = default;
ByteSource::~ByteSource() = default;

Result<ByteSource> ByteSource::open(const std::filesystem::path& path) {
  auto state = std::make_unique<State>();
  state->path = path;
  state->fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (state->fd < 0) return state->os_error("open");
  struct stat status {};
  if (::fstat(state->fd, &status) != 0) return state->os_error("inspect");
  if (!S_ISREG(status.st_mode)) {
    return fail(Errc::kInvalid, "{}: not a regular file", path.string());
  }
  state->file_bytes = static_cast<std::uint64_t>(status.st_size);
  unsigned char magic[4] = {};
  const ssize_t count = ::pread(state->fd, magic, sizeof magic, 0);
  if (count < 0) return state->os_error("read");
  DK_TRY(state->start(packing_of({magic, static_cast<std::size_t>(count)})));
  return ByteSource(std::move(state));
}

Result<std::size_t> ByteSource::read(std::span<std::byte> out) {
  auto count = is_packed()
                   ? state_->read_packed(out)
                   : state_->read_file({reinterpret_cast<unsigned char*>(out.data()), out.size()});
  if (count) state_->offset += *count;
  return count;
}

Result<void> ByteSource::read_rest(std::size_t size, std::vector<std::byte>& out) {
  if (size > most_remaining()) {
    return fail(Errc::kCorrupt, "{}: {} bytes should follow byte {}, but the file holds at most {}",
                path().string(), size, offset(), most_remaining());
  }
  const auto begin = offset();
  try {
    out.reserve(size);
  } catch (const std::bad_alloc&) {
    return fail(Errc::kIo, "{}: no memory for its {} bytes", path().string(), size);
  }
  out.clear();
  while (out.size() < size) {
    const auto done = out.size();
    out.resize(std::min(size, done + kStepBytes));
    DK_TRY_ASSIGN(const auto count, read(std::span(out).subspan(done)));
    if (count < out.size() - done) {
      return fail(Errc::kCorrupt, "{}: ends at byte {}; {} bytes should follow byte {}",
                  path().string(), offset(), size, begin);
    }
  }
  std::byte extra[1];
  DK_TRY_ASSIGN(const auto count, read(extra));
  if (count == 0) return {};
  return fail(Errc::kCorrupt, "{}: goes on after byte {}, where its header says that it ends",
              path().string(), begin + size);
}

std::uint64_t ByteSource::most_remaining() const {
  if (!is_packed()) return state_->file_bytes - std::min(state_->file_bytes, state_->file_offset);
  return state_->file_bytes *
         (state_->packing == Packing::kGzip ? kMostInflation : kMostZstdInflation);
}

bool ByteSource::is_packed() const {
  return state_->packing != Packing::kNone;
}

std::uint64_t ByteSource::offset() const {
  return state_->offset;
}
const std::filesystem::path& ByteSource::path() const {
  return state_->path;
}

}  // namespace dk::storage
