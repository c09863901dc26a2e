// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/sequential.hpp"

#include "model/keras/model_reader.hpp"

namespace dk::model {

Sequential& Sequential::input(Shape shape, std::string name) {
  input_ = std::move(shape);
  input_name_ = std::move(name);
  return *this;
}

Sequential& Sequential::add(std::string class_name, nlohmann::json config) {
  if (config.is_null()) config = nlohmann::json::object();
  parts_.push_back({std::move(class_name), with_long_wrapped(std::move(config)), nullptr});
  return *this;
}

Sequential& Sequential::add(const Architecture& model) {
  parts_.push_back({{}, {}, std::make_shared<const Architecture>(model)});
  return *this;
}

Result<Architecture> Sequential::build() const {
  DK_TRY(name_in({{"name", name_}}, "the model"));
  ModelReader reader{name_, {}};
  SequentialReader layers(reader, name_);
  layers.set_name(name_);
  if (!input_.empty()) {
    const auto where = name_ + ": the input";
    if (!input_name_.empty()) DK_TRY(name_in({{"name", input_name_}}, where));
    DK_TRY_ASSIGN(auto shape, read_shape(input_, /*has_batch_axis=*/false, where));
    DK_TRY(layers.set_input(std::move(shape), where, input_name_));
  }
  for (const Part& part : parts_) {
    DK_TRY(part.model ? layers.add(part.model) : layers.add(part.class_name, part.config));
  }
  return std::move(layers).finish();
}

}  // namespace dk::model
