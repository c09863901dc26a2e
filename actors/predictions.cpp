// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/predictions.hpp"

#include "actors/descriptor/job_model.hpp"
#include "actors/error.hpp"
#include "base/row_file.hpp"

#include <caf/all.hpp>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

namespace dk {
namespace {

constexpr std::size_t kCopyFloats = std::size_t{1} << 18;

Error io_error(const std::filesystem::path& path, const char* what) {
  return {Errc::kIo, fmt::format("{}: cannot {}: {}", path.string(), what,
                                 std::generic_category().message(errno))};
}

std::vector<std::string> column_names(const std::string& name, std::size_t count) {
  if (count == 1) return {name};
  std::vector<std::string> names;
  for (std::size_t i = 0; i < count; ++i) names.push_back(fmt::format("{}_{}", name, i));
  return names;
}

/// All of them, at this byte of the file; false with errno.
template <class Byte, class Transfer>
bool transfer_all(int file, Byte* bytes, std::size_t count, std::uint64_t at,
                  const Transfer& transfer) {
  while (count > 0) {
    const auto moved = transfer(file, bytes, count, static_cast<off_t>(at));
    if (moved < 0 && errno == EINTR) continue;
    if (moved == 0) errno = EIO;
    if (moved <= 0) return false;
    bytes += moved;
    at += static_cast<std::uint64_t>(moved);
    count -= static_cast<std::size_t>(moved);
  }
  return true;
}

}  // namespace

Result<std::unique_ptr<PredictionSpool>> PredictionSpool::create(const std::filesystem::path& path,
                                                                 const model::Model& model,
                                                                 std::uint64_t rows) {
  std::error_code failed;
  if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path(), failed);
  if (failed) {
    return fail(Errc::kIo, "{}: cannot make its directory: {}", path.string(), failed.message());
  }
  std::unique_ptr<PredictionSpool> spool(new PredictionSpool);
  spool->rows_ = rows;
  spool->width_ = model.output_size();
  const auto shapes = model.network().output_shapes();
  for (std::size_t i = 0; i < shapes.size(); ++i) {
    Output output{path, {static_cast<std::size_t>(rows)}, {}};
    if (shapes.size() > 1) {
      const auto extension = path.extension().string();
      output.path.replace_extension(std::to_string(i) + extension);
    }
    output.shape.insert(output.shape.end(), shapes[i].begin(), shapes[i].end());
    output.columns = column_names(model.architecture().output_name(i),
                                  model::element_count(shapes[i]).value_or(0));
    spool->outputs_.push_back(std::move(output));
  }
  spool->temporary_ = path;
  spool->temporary_ += ".rows";
  spool->file_ = ::open(spool->temporary_.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (spool->file_ < 0) return fail(io_error(spool->temporary_, "create"));
  return spool;
}

PredictionSpool::~PredictionSpool() {
  close();
}

void PredictionSpool::close() {
  if (file_ < 0) return;
  ::close(std::exchange(file_, -1));
  std::error_code ignored;
  std::filesystem::remove(temporary_, ignored);
}

Result<void> PredictionSpool::write(std::uint64_t first, std::span<const float> outputs) {
  const auto rows = outputs.size() / width_;
  if (outputs.size() % width_ != 0 || first > rows_ || rows > rows_ - first) {
    return fail(Errc::kInvalid, "{} floats from row {} on are no rows of {} of {}", outputs.size(),
                first, rows_, width_);
  }
  const auto bytes = std::as_bytes(outputs);
  if (transfer_all(file_, bytes.data(), bytes.size(), first * width_ * sizeof(float), ::pwrite))
    return {};
  return fail(io_error(temporary_, "write"));
}

Result<std::vector<std::string>> PredictionSpool::finish() {
  std::vector<RowFile> files;
  for (const auto& output : outputs_) {
    DK_TRY_ASSIGN(auto file, RowFile::create(output.path, output.shape, output.columns));
    files.push_back(std::move(file));
  }
  const auto step = std::max<std::uint64_t>(1, kCopyFloats / width_);
  std::vector<float> values;
  for (std::uint64_t first = 0; first < rows_; first += step) {
    values.resize(static_cast<std::size_t>(std::min(step, rows_ - first)) * width_);
    const auto bytes = std::as_writable_bytes(std::span(values));
    if (!transfer_all(file_, bytes.data(), bytes.size(), first * width_ * sizeof(float), ::pread))
      return fail(io_error(temporary_, "read"));
    if (files.size() == 1) {
      files.front().write(values);
      continue;
    }
    for (std::size_t at = 0; at < values.size();) {
      for (std::size_t i = 0; i < files.size(); ++i) {
        files[i].write(std::span(values).subspan(at, outputs_[i].columns.size()));
        at += outputs_[i].columns.size();
      }
    }
  }
  std::vector<std::string> names;
  for (auto& file : files) {
    DK_TRY(file.finish());
    names.push_back(file.path().string());
  }
  close();
  return names;
}

namespace {

struct Predictions {
  std::shared_ptr<const JobSpec> spec;
  std::uint64_t rows = 0;
  std::unique_ptr<PredictionSpool> spool;
  std::string written;

  Result<bool> put(std::uint64_t first, const Tensor& outputs) {
    if (!spool) {
      DK_TRY_ASSIGN(const auto model, build_delivered_model(*spec));
      DK_TRY_ASSIGN(spool, PredictionSpool::create(spec->output_predictions, *model, rows));
    }
    DK_TRY(spool->write(first, outputs.span()));
    return true;
  }
  Result<std::string> finish() {
    if (!spool) return fail(Errc::kInternal, "no predictions came");
    if (!written.empty()) return written;
    DK_TRY_ASSIGN(const auto names, spool->finish());
    for (const auto& name : names) written += (written.empty() ? "" : "\n") + name;
    return written;
  }
};

}  // namespace

PredictionsActor::behavior_type predictions_actor(PredictionsActor::pointer,
                                                  std::shared_ptr<const JobSpec> spec,
                                                  std::uint64_t rows) {
  auto state = std::make_shared<Predictions>();
  state->spec = std::move(spec);
  state->rows = rows;
  return {
      [state](put_atom, std::uint64_t first, const Tensor& outputs) {
        return answer(state->put(first, outputs));
      },
      [state](sync_atom) { return answer(state->finish()); },
  };
}

}  // namespace dk
