// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/keras/keras_config.hpp"

#include <algorithm>
#include <initializer_list>
#include <utility>

namespace dk::model {
namespace {

using nlohmann::json;
using Names = std::initializer_list<std::pair<const char*, const char*>>;

bool any_of(const std::string& word, std::initializer_list<const char*> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

void rename(json& config, Names names) {
  for (const auto& [from, to] : names) {
    const auto found = config.find(from);
    if (found == config.end() || config.contains(to)) continue;
    json value = std::move(*found);
    config.erase(found);
    config[to] = std::move(value);
  }
}

/// Several numbers become one list: `nb_row`, `nb_col` -> `kernel_size`.
void join(json& config, std::initializer_list<const char*> from, const char* to) {
  if (config.contains(to)) return;
  json list = json::array();
  for (const char* key : from) {
    if (!config.contains(key)) return;
    list.push_back(config[key]);
  }
  for (const char* key : from) config.erase(key);
  config[to] = std::move(list);
}

/// Keras 1 knew the shape of a first layer by these; `batch_input_shape` says the same.
void drop_input_sizes(json& config) {
  const auto dimension = config.find("input_dim");
  if (dimension != config.end() && dimension->is_number() &&
      !config.contains("batch_input_shape") && !config.contains("input_shape")) {
    config["input_shape"] = config.contains("input_length")
                                ? json::array({config["input_length"], *dimension})
                                : json::array({*dimension});
  }
  config.erase("input_dim");
  config.erase("input_length");
}

void initializer(json& config, const char* key) {
  const auto found = config.find(key);
  if (found == config.end() || !found->is_string()) return;
  for (const auto& [from, to] : Names{{"one", "ones"},
                                      {"zero", "zeros"},
                                      {"normal", "random_normal"},
                                      {"uniform", "random_uniform"}}) {
    if (*found == from) {
      *found = to;
      return;
    }
  }
}

/// `{"name": "WeightRegularizer", "l1": 0, "l2": 0.01}` and `{"name": "MaxNorm", "m": 2}`.
void small_object(json& value) {
  if (!value.is_object() || value.contains("class_name") || !value.contains("name") ||
      !value["name"].is_string()) {
    return;
  }
  json config = value;
  config.erase("name");
  auto name = value["name"].get<std::string>();
  if (any_of(name, {"WeightRegularizer", "L1L2Regularizer"})) name = "L1L2";
  rename(config, {{"m", "max_value"}});
  value = {{"class_name", name}, {"config", std::move(config)}};
}

void new_class(std::string& name) {
  constexpr std::pair<const char*, const char*> kClasses[] = {
      {"Convolution1D", "Conv1D"},
      {"Convolution2D", "Conv2D"},
      {"Convolution3D", "Conv3D"},
      {"AtrousConvolution1D", "Conv1D"},
      {"AtrousConvolution2D", "Conv2D"},
      {"Deconvolution2D", "Conv2DTranspose"},
      {"SeparableConvolution2D", "SeparableConv2D"},
      // Of TensorFlow 1's Keras.
      {"BatchNormalizationV1", "BatchNormalization"},
      {"BatchNormalizationV2", "BatchNormalization"},
  };
  for (const auto& [from, to] : kClasses) {
    if (name == from) {
      name = to;
      return;
    }
  }
}

/// Keras 1's Merge layer is one class each since Keras 2.
void merge(std::string& class_name, json& config) {
  if (!config.contains("mode") || !config["mode"].is_string()) return;
  const auto mode = config["mode"].get<std::string>();
  if (mode == "concat") {
    class_name = "Concatenate";
    rename(config, {{"concat_axis", "axis"}});
  } else {
    for (const auto& [from, to] :
         Names{{"sum", "Add"}, {"mul", "Multiply"}, {"ave", "Average"}, {"max", "Maximum"}}) {
      if (mode == from) class_name = to;
    }
    if (class_name == "Merge") return;
    config.erase("concat_axis");
  }
  // Defaults that Keras 1 wrote; anything else stays and is refused.
  for (const auto& [key, value] : {std::pair<const char*, json>{"mode_type", "raw"},
                                   {"output_shape", nullptr},
                                   {"output_shape_type", "raw"},
                                   {"output_mask", nullptr},
                                   {"output_mask_type", "raw"},
                                   {"arguments", json::object()},
                                   {"dot_axes", -1}}) {
    if (config.contains(key) && config[key] == value) config.erase(key);
  }
  config.erase("mode");
}

void data_format(json& config) {
  const auto ordering = config.find("dim_ordering");
  if (ordering == config.end()) return;
  if (*ordering == "tf" || *ordering == "default") {
    config["data_format"] = "channels_last";
  } else if (*ordering == "th") {
    config["data_format"] = "channels_first";
  } else {
    return;
  }
  config.erase("dim_ordering");
}

void weights(json& config) {
  rename(config, {{"init", "kernel_initializer"},
                  {"W_regularizer", "kernel_regularizer"},
                  {"b_regularizer", "bias_regularizer"},
                  {"W_constraint", "kernel_constraint"},
                  {"b_constraint", "bias_constraint"},
                  {"bias", "use_bias"}});
}

void recurrent(json& config) {
  drop_input_sizes(config);
  rename(config, {{"output_dim", "units"},
                  {"inner_init", "recurrent_initializer"},
                  {"inner_activation", "recurrent_activation"},
                  {"U_regularizer", "recurrent_regularizer"},
                  {"dropout_W", "dropout"},
                  {"dropout_U", "recurrent_dropout"}});
  if (config.contains("forget_bias_init")) {
    const auto& forget = config["forget_bias_init"];
    if (forget == "one" || forget == "zero") {
      config["unit_forget_bias"] = forget == "one";
      config.erase("forget_bias_init");
    }
  }
  config.erase("consume_less");
}

void convolution(json& config) {
  join(config, {"kernel_dim1", "kernel_dim2", "kernel_dim3"}, "kernel_size");
  join(config, {"nb_row", "nb_col"}, "kernel_size");
  rename(config, {{"nb_filter", "filters"},
                  {"filter_length", "kernel_size"},
                  {"subsample", "strides"},
                  {"subsample_length", "strides"},
                  {"atrous_rate", "dilation_rate"}});
  drop_input_sizes(config);
  // Deconvolution2D repeats what the shapes say.
  config.erase("output_shape");
}

}  // namespace

void rename_keras_1(std::string& class_name, json& config) {
  if (!config.is_object()) return;
  new_class(class_name);
  if (class_name == "Merge") merge(class_name, config);
  data_format(config);
  rename(config, {{"border_mode", "padding"}});
  if (class_name == "Dense" && config.contains("output_dim")) {
    rename(config, {{"output_dim", "units"}});
    drop_input_sizes(config);
  } else if (any_of(class_name,
                    {"Conv1D", "Conv2D", "Conv3D", "Conv2DTranspose", "SeparableConv2D"})) {
    if (config.contains("nb_filter")) convolution(config);
  } else if (any_of(class_name, {"LSTM", "GRU", "SimpleRNN"})) {
    if (config.contains("output_dim")) recurrent(config);
  } else if (class_name == "Embedding") {
    rename(config, {{"init", "embeddings_initializer"},
                    {"W_regularizer", "embeddings_regularizer"},
                    {"W_constraint", "embeddings_constraint"}});
  } else if (class_name == "BatchNormalization") {
    rename(config, {{"gamma_init", "gamma_initializer"}, {"beta_init", "beta_initializer"}});
    if (config.contains("mode") && config["mode"] == 0) config.erase("mode");
  } else if (any_of(class_name, {"Dropout", "SpatialDropout1D", "SpatialDropout2D",
                                 "SpatialDropout3D", "GaussianDropout"})) {
    rename(config, {{"p", "rate"}});
  } else if (class_name == "GaussianNoise") {
    rename(config, {{"sigma", "stddev"}});
  } else if (any_of(class_name, {"MaxPooling1D", "AveragePooling1D"})) {
    rename(config, {{"pool_length", "pool_size"}, {"stride", "strides"}});
  } else if (class_name == "UpSampling1D") {
    rename(config, {{"length", "size"}});
  }
  weights(config);
  for (const char* key : {"kernel_initializer", "recurrent_initializer", "embeddings_initializer",
                          "gamma_initializer", "beta_initializer"}) {
    initializer(config, key);
  }
  for (auto& [key, value] : config.items()) {
    if (key.ends_with("_regularizer") || key.ends_with("_constraint")) small_object(value);
  }
}

}  // namespace dk::model
