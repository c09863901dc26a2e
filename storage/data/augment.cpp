// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage/data/augment.hpp"

#include "base/check.hpp"
#include "base/multiversion.hpp"
#include "base/random.hpp"
#include "storage/data/transforms/selection.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace dk::storage {
namespace {

constexpr std::uint64_t kPurpose = 0x617567;  // no other draw from the job's seed is the same
constexpr std::int64_t kLargestSide = 65536;
constexpr double kPi = 3.14159265358979323846;

const std::vector<std::string> kFills = {"nearest", "constant", "reflect", "wrap"};

/// Height, width and channels; a float at (y, x, c) stands at (y * width + x) * channels + c.
struct Shape {
  int height;
  int width;
  int channels;
};

/// The output pixel (y, x) comes from (a * y + b * x + c, d * y + e * x + f).
struct Map {
  double a, b, c, d, e, f;
};

/// Of an angle up to pi; the library's sine may differ between machines in its last bit.
std::pair<double, double> sine_and_cosine(double angle) {
  constexpr int kTerms = 28;
  double sine = 0;
  double cosine = 0;
  double term = 1;
  for (int n = 0; n < kTerms; n += 2) {
    const double sign = n % 4 == 0 ? 1 : -1;
    cosine += sign * term;
    term *= angle / (n + 1);
    sine += sign * term;
    term *= angle / (n + 2);
  }
  return {sine, cosine};
}

Map rotate_and_shift(const Shape& shape, double angle, double down, double right) {
  const auto [sine, cosine] = sine_and_cosine(angle);
  const double y = (shape.height - 1) / 2.0;
  const double x = (shape.width - 1) / 2.0;
  return {cosine, sine,   y - cosine * y - sine * x + down,
          -sine,  cosine, x + sine * y - cosine * x + right};
}

/// Where the fill mode takes a coordinate from; -1: nowhere.
int source_of(int at, int size, Augment::Fill fill) {
  if (at >= 0 && at < size) return at;
  const auto modulo = [at](int period) { return ((at % period) + period) % period; };
  switch (fill) {
    case Augment::Fill::kNearest:
      return at < 0 ? 0 : size - 1;
    case Augment::Fill::kReflect:
      return std::min(modulo(2 * size), 2 * size - 1 - modulo(2 * size));
    case Augment::Fill::kWrap:
      return modulo(size);
    case Augment::Fill::kConstant:
      break;
  }
  return -1;
}

int floor_of(double value) {
  const int whole = static_cast<int>(value);
  return value < whole ? whole - 1 : whole;
}

/// Bilinear: the four pixels about the place each output pixel comes from.
DK_MULTIVERSION void resample(const Shape& shape, const Map& map, Augment::Fill fill,
                              float fill_value, const float* from, float* to) {
  const int channels = shape.channels;
  for (int y = 0; y < shape.height; ++y) {
    for (int x = 0; x < shape.width; ++x, to += channels) {
      const double at_y = map.a * y + map.b * x + map.c;
      const double at_x = map.d * y + map.e * x + map.f;
      const int top = floor_of(at_y);
      const int left = floor_of(at_x);
      const auto below = static_cast<float>(at_y - top);
      const auto beside = static_cast<float>(at_x - left);
      const std::array<float, 4> weights = {(1 - below) * (1 - beside), (1 - below) * beside,
                                            below * (1 - beside), below * beside};
      std::fill_n(to, channels, 0.0F);
      for (int corner = 0; corner < 4; ++corner) {
        const int row = source_of(top + corner / 2, shape.height, fill);
        const int column = source_of(left + corner % 2, shape.width, fill);
        const float weight = weights[static_cast<std::size_t>(corner)];
        if (row < 0 || column < 0) {
          for (int c = 0; c < channels; ++c) to[c] += weight * fill_value;
          continue;
        }
        const float* pixel = from + (row * shape.width + column) * channels;
        for (int c = 0; c < channels; ++c) to[c] += weight * pixel[c];
      }
    }
  }
}

/// The window at (down, right), zeros outside the image, flipped as said.
struct Window {
  int down = 0;
  int right = 0;
  bool flip_rows = false;
  bool flip_columns = false;
};

void cut(const Shape& shape, const Window& window, const float* from, float* to) {
  for (int y = 0; y < shape.height; ++y) {
    const int row = (window.flip_rows ? shape.height - 1 - y : y) + window.down;
    for (int x = 0; x < shape.width; ++x, to += shape.channels) {
      const int column = (window.flip_columns ? shape.width - 1 - x : x) + window.right;
      if (row < 0 || row >= shape.height || column < 0 || column >= shape.width) {
        std::fill_n(to, shape.channels, 0.0F);
      } else {
        std::copy_n(from + (row * shape.width + column) * shape.channels, shape.channels, to);
      }
    }
  }
}

/// true is one half.
double read_probability(Arguments& arguments, std::string_view key) {
  const auto* value = arguments.find(key);
  if (value != nullptr && value->is_boolean()) return value->get<bool>() ? 0.5 : 0;
  return arguments.number(key, 0, 0, 1);
}

/// The only image among the chosen fields.
std::optional<Selection::Block> find_image(Arguments& arguments, const Selection& selection) {
  std::optional<Selection::Block> image;
  for (const auto& block : selection.blocks) {
    const auto& shape = selection.all[block.field].shape;
    if (!block.whole || (shape.size() != 2 && shape.size() != 3)) continue;
    if (image) {
      arguments.problem("there are several images; columns names the one");
      return {};
    }
    image = block;
  }
  if (!image) {
    arguments.problem(
        "no feature has the shape of an image, [height, width] or [height, width, channels]; "
        "reshape gives it one");
    return {};
  }
  for (const auto side : selection.all[image->field].shape) {
    if (side >= 1 && side <= kLargestSide && image->size < (1U << 30U)) continue;
    arguments.problem(
        fmt::format("a side of the image has {} pixels; allowed: 1 to {}", side, kLargestSide));
  }
  return image;
}

}  // namespace

Result<Augment> Augment::make(const nlohmann::json& json, const Schema& schema) {
  Arguments arguments("augment", json);
  Augment augment;
  augment.horizontal_flip_ = read_probability(arguments, "horizontal_flip");
  augment.vertical_flip_ = read_probability(arguments, "vertical_flip");
  augment.height_shift_ = arguments.number("height_shift", 0, 0, 1);
  augment.width_shift_ = arguments.number("width_shift", 0, 0, 1);
  augment.rotation_ = arguments.number("rotation", 0, 0, 180);
  augment.crop_padding_ =
      static_cast<std::size_t>(arguments.whole("crop_padding", 0, 0, kLargestSide));
  const auto fill = arguments.choice("fill_mode", "nearest", kFills);
  augment.fill_ = static_cast<Fill>(std::find(kFills.begin(), kFills.end(), fill) - kFills.begin());
  augment.fill_value_ = static_cast<float>(arguments.number("fill_value", 0));
  auto selection = select(arguments, schema, Side::kFeatures);
  augment.columns_ = selection.columns;
  if (selection.side == Side::kLabels) arguments.problem("columns names labels");
  const auto image = find_image(arguments, selection);
  DK_TRY(arguments.finish());
  const auto& shape = selection.all[image->field].shape;
  augment.begin_ = image->begin;
  augment.height_ = shape[0];
  augment.width_ = shape[1];
  augment.channels_ = shape.size() == 3 ? shape[2] : 1;
  if (augment.crop_padding_ >= std::min(augment.height_, augment.width_)) {
    return fail(Errc::kInvalid, "augment: crop_padding is {}; allowed: less than the image's {}",
                augment.crop_padding_, std::min(augment.height_, augment.width_));
  }
  return augment;
}

void Augment::apply(std::uint64_t seed, std::uint64_t epoch, std::uint32_t row, std::span<float> x,
                    Scratch& scratch) const {
  const std::size_t size = height_ * width_ * channels_;
  DK_CHECK(begin_ + size <= x.size(), "x is one sample");
  const auto image = x.subspan(begin_, size);
  const Shape shape{static_cast<int>(height_), static_cast<int>(width_),
                    static_cast<int>(channels_)};
  // All are drawn, whichever are wanted, so that one argument does not change what another does.
  Random random(seed_for(seed, kPurpose, epoch, row));
  const auto within = [&](double range) { return range * (2 * double{random.uniform()} - 1); };
  const double angle = within(rotation_) * (kPi / 180);
  const double down = within(height_shift_) * shape.height;
  const double right = within(width_shift_) * shape.width;
  Window window;
  window.down =
      static_cast<int>(random.below(2 * crop_padding_ + 1)) - static_cast<int>(crop_padding_);
  window.right =
      static_cast<int>(random.below(2 * crop_padding_ + 1)) - static_cast<int>(crop_padding_);
  window.flip_columns = random.uniform() < horizontal_flip_;
  window.flip_rows = random.uniform() < vertical_flip_;
  if (angle != 0 || down != 0 || right != 0) {
    scratch.image_.assign(image.begin(), image.end());
    resample(shape, rotate_and_shift(shape, angle, down, right), fill_, fill_value_,
             scratch.image_.data(), image.data());
  }
  if (window.down != 0 || window.right != 0 || window.flip_rows || window.flip_columns) {
    scratch.image_.assign(image.begin(), image.end());
    cut(shape, window, scratch.image_.data(), image.data());
  }
}

nlohmann::json Augment::config() const {
  nlohmann::json json = {{"horizontal_flip", horizontal_flip_},
                         {"vertical_flip", vertical_flip_},
                         {"height_shift", height_shift_},
                         {"width_shift", width_shift_},
                         {"rotation", rotation_},
                         {"crop_padding", crop_padding_},
                         {"fill_mode", kFills[static_cast<std::size_t>(fill_)]},
                         {"fill_value", fill_value_}};
  if (!columns_.empty()) json["columns"] = columns_;
  return json;
}

}  // namespace dk::storage
