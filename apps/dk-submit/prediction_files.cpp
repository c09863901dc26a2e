// SPDX-License-Identifier: GPL-3.0-or-later
#include "apps/dk-submit/prediction_files.hpp"

#include "base/npy.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace dk::submit {
namespace {

constexpr std::size_t kBufferBytes = std::size_t{1} << 16;

std::filesystem::path numbered(std::filesystem::path path, const std::string& part) {
  const auto extension = path.extension().string();
  return path.replace_extension(part + extension);
}

std::vector<std::string> column_names(const std::string& name, std::size_t count) {
  if (count == 1) return {name};
  std::vector<std::string> names;
  for (std::size_t i = 0; i < count; ++i) names.push_back(fmt::format("{}_{}", name, i));
  return names;
}

/// As RFC 4180 has it.
std::string csv_text(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + '"';
}

std::vector<std::size_t> shape_of(std::uint64_t rows, std::span<const std::size_t> sample) {
  std::vector<std::size_t> shape{static_cast<std::size_t>(rows)};
  shape.insert(shape.end(), sample.begin(), sample.end());
  return shape;
}

}  // namespace

Result<RowFile> RowFile::create(const std::filesystem::path& path,
                                std::span<const std::size_t> shape,
                                const std::vector<std::string>& columns) {
  RowFile file;
  file.path_ = path;
  file.temporary_ = path;
  file.temporary_ += ".tmp";
  file.csv_ = path.extension() == ".csv";
  file.width_ = columns.size();
  file.out_ = std::make_unique<std::ofstream>(file.temporary_, std::ios::binary | std::ios::trunc);
  if (!*file.out_) {
    return fail(Errc::kIo, "{}: cannot create: {}", file.temporary_.string(),
                std::generic_category().message(errno));
  }
  if (file.csv_) {
    for (std::size_t i = 0; i < columns.size(); ++i) {
      file.text_ += (i == 0 ? "" : ",") + csv_text(columns[i]);
    }
    file.text_ += '\n';
  } else {
    const auto start = npy_start(shape);
    file.out_->write(reinterpret_cast<const char*>(start.data()),
                     static_cast<std::streamsize>(start.size()));
  }
  return file;
}

RowFile::~RowFile() {
  if (!out_) return;
  out_.reset();
  std::error_code ignored;
  std::filesystem::remove(temporary_, ignored);
}

void RowFile::write(std::span<const float> values) {
  if (!csv_) {
    out_->write(reinterpret_cast<const char*>(values.data()),
                static_cast<std::streamsize>(values.size_bytes()));
    return;
  }
  for (std::size_t i = 0; i < values.size(); ++i) {
    fmt::format_to(std::back_inserter(text_), "{}{}", values[i],
                   (i + 1) % width_ == 0 ? '\n' : ',');
  }
  flush();
}

void RowFile::write(std::span<const float> values, std::span<const std::string> texts) {
  for (const float value : values) fmt::format_to(std::back_inserter(text_), "{},", value);
  for (std::size_t i = 0; i < texts.size(); ++i) {
    text_ += csv_text(texts[i]) + (i + 1 == texts.size() ? '\n' : ',');
  }
  flush();
}

void RowFile::flush() {
  if (text_.size() < kBufferBytes) return;
  out_->write(text_.data(), static_cast<std::streamsize>(text_.size()));
  text_.clear();
}

Result<void> RowFile::finish() {
  out_->write(text_.data(), static_cast<std::streamsize>(text_.size()));
  out_->close();
  if (!*out_) {
    return fail(Errc::kIo, "{}: cannot write: {}", temporary_.string(),
                std::generic_category().message(errno));
  }
  std::error_code failed;
  std::filesystem::rename(temporary_, path_, failed);
  if (failed) return fail(Errc::kIo, "{}: cannot replace: {}", path_.string(), failed.message());
  out_.reset();
  return {};
}

Result<void> PredictionFiles::add(const std::filesystem::path& path, const model::Shape& shape,
                                  const std::string& name, std::uint64_t rows) {
  Output output;
  output.size = model::element_count(shape).value_or(0);
  output.width = shape.empty() ? 1 : shape.back();
  const auto outer = std::span(shape).first(shape.empty() ? 0 : shape.size() - 1);
  auto columns = column_names(name, output.size);
  const auto class_columns = column_names(name + "_class", output.size / output.width);
  const auto class_shape = shape_of(rows, outer);
  const bool table = path.extension() == ".csv";
  const auto open = [&](const auto& file_path, const auto& file_shape,
                        const auto& names) -> Result<int> {
    DK_TRY_ASSIGN(auto file, RowFile::create(file_path, file_shape, names));
    files_.push_back(std::move(file));
    return static_cast<int>(files_.size()) - 1;
  };
  if (index_ != WriteIndex::kOnly) {
    if (table && index_ == WriteIndex::kBeside) {
      columns.insert(columns.end(), class_columns.begin(), class_columns.end());
    }
    DK_TRY_ASSIGN(output.values, open(path, shape_of(rows, shape), columns));
    if (table && index_ == WriteIndex::kBeside) output.classes = output.values;
  }
  if (index_ != WriteIndex::kNo && output.classes < 0) {
    const auto own = index_ == WriteIndex::kOnly ? path : numbered(path, "index");
    DK_TRY_ASSIGN(output.classes, open(own, class_shape, class_columns));
  }
  outputs_.push_back(output);
  return {};
}

Result<PredictionFiles> PredictionFiles::create(const std::filesystem::path& path,
                                                const model::Model& model, std::uint64_t rows,
                                                WriteIndex index, const ClassRule& rule,
                                                std::vector<std::string> class_names) {
  if (path.extension() != ".npy" && path.extension() != ".csv") {
    return fail(Errc::kInvalid, "--output must end in .npy or .csv, not '{}'", path.string());
  }
  PredictionFiles files;
  files.index_ = index;
  files.rule_ = rule;
  if (path.extension() == ".csv") files.class_names_ = std::move(class_names);
  const auto shapes = model.network().output_shapes();
  for (std::size_t i = 0; i < shapes.size(); ++i) {
    const auto own = shapes.size() == 1 ? path : numbered(path, std::to_string(i));
    DK_TRY(files.add(own, shapes[i], model.architecture().output_name(i), rows));
  }
  return files;
}

void PredictionFiles::write(std::span<const float> outputs, std::size_t rows) {
  for (std::size_t row = 0; row < rows; ++row) {
    for (const auto& output : outputs_) {
      const auto values = outputs.first(output.size);
      outputs = outputs.subspan(output.size);
      row_.assign(values.begin(), values.end());
      if (output.classes < 0) {
        files_[static_cast<std::size_t>(output.values)].write(row_);
        continue;
      }
      const bool together = output.classes == output.values;
      if (!together && output.values >= 0) {
        files_[static_cast<std::size_t>(output.values)].write(row_);
      }
      if (!together) row_.clear();
      const auto& names = class_names_;
      if (!names.empty() && std::max<std::size_t>(2, output.width) == names.size()) {
        texts_.clear();
        for (std::size_t at = 0; at < output.size; at += output.width) {
          texts_.push_back(names[rule_.class_of(values.subspan(at, output.width))]);
        }
        files_[static_cast<std::size_t>(output.classes)].write(row_, texts_);
        continue;
      }
      for (std::size_t at = 0; at < output.size; at += output.width) {
        row_.push_back(static_cast<float>(rule_.class_of(values.subspan(at, output.width))));
      }
      files_[static_cast<std::size_t>(output.classes)].write(row_);
    }
  }
}

Result<std::vector<std::string>> PredictionFiles::finish() {
  std::vector<std::string> names;
  for (auto& file : files_) {
    DK_TRY(file.finish());
    names.push_back(file.path().string());
  }
  return names;
}

}  // namespace dk::submit
