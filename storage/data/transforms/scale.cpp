// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage/data/transforms/scale.hpp"

#include "storage/data/transforms/affine.hpp"

namespace dk::storage {
namespace {

class Scale : public AffineTransform {
 public:
  Scale(Selection selection, double scale, double offset)
      : AffineTransform(std::move(selection)), scale_(scale), offset_(offset) {
    for (std::size_t i = 0; i < selection_.inputs.size(); ++i) set(i, scale_, offset_);
  }

  nlohmann::json config() const override {
    auto arguments = selection_.arguments();
    arguments["scale"] = scale_;
    arguments["offset"] = offset_;
    return {{"scale", std::move(arguments)}};
  }

 private:
  double scale_;
  double offset_;
};

}  // namespace

Result<std::unique_ptr<Transform>> make_scale(const nlohmann::json& json, const Schema& schema) {
  Arguments arguments("scale", json, "scale");
  auto selection = select(arguments, schema, Side::kFeatures);
  if (arguments.find("scale") == nullptr) arguments.problem("scale is missing: a number");
  const double scale = arguments.number("scale", 1);
  const double offset = arguments.number("offset", 0);
  DK_TRY(arguments.finish());
  return std::make_unique<Scale>(std::move(selection), scale, offset);
}

}  // namespace dk::storage
