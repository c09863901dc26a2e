// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/keras/write_json.hpp"
#include "tests/model/model_support.hpp"

namespace dk::model {
namespace {

using nlohmann::json;

json input_2(const char* name, int size) {
  return {{"class_name", "InputLayer"},
          {"config",
           {{"batch_input_shape", {nullptr, size}},
            {"dtype", "float32"},
            {"sparse", false},
            {"ragged", false},
            {"name", name}}},
          {"name", name},
          {"inbound_nodes", json::array()}};
}

json layer_2(const char* class_name, const char* name, json config, json nodes) {
  config["name"] = name;
  return {{"class_name", class_name},
          {"config", std::move(config)},
          {"name", name},
          {"inbound_nodes", std::move(nodes)}};
}

json call(const char* name, int node = 0) {
  return json::array({name, node, 0, json::object()});
}

json dense_2(const char* name, int units, json nodes) {
  return layer_2("Dense", name, {{"units", units}}, std::move(nodes));
}

json model_2(json layers, json inputs, json outputs, const char* name = "model") {
  return {{"class_name", "Functional"},
          {"keras_version", "2.11.0"},
          {"config",
           {{"name", name},
            {"layers", std::move(layers)},
            {"input_layers", std::move(inputs)},
            {"output_layers", std::move(outputs)}}}};
}

json end(const char* name, int node = 0) {
  return json::array({name, node, 0});
}

/// Two inputs share `towers`; its calls are added; two outputs. The layers stand in a wrong order.
json shared_2() {
  return model_2({dense_2("head", 1, {{call("sum")}}), input_2("a", 4), input_2("b", 4),
                  layer_2("Add", "sum", json::object(), {{call("tower", 0), call("tower", 1)}}),
                  dense_2("tower", 3, {{call("a")}, {call("b")}})},
                 {end("a"), end("b")}, {end("head"), end("tower", 1)});
}

TEST(ReadKerasGraph, PutsCallsOfSharedLayersInOrder) {
  const auto read = read_keras_json(shared_2().dump(), "m");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_FALSE(read->sequential);
  ASSERT_EQ(read->inputs.size(), 2U);
  EXPECT_EQ(read->inputs[1].name, "b");
  std::vector<std::string> names;
  for (const auto& layer : read->layers) names.push_back(layer.name);
  EXPECT_EQ(names, (std::vector<std::string>{"head", "sum", "tower"}));
  const std::vector<CallSpec> calls{
      {2, {{0, 0}}}, {2, {{1, 0}}}, {1, {{2, 0}, {3, 0}}}, {0, {{4, 0}}}};
  EXPECT_EQ(read->calls, calls);
  EXPECT_EQ(read->outputs, (std::vector<TensorRef>{{5, 0}, {3, 0}}));
}

TEST(ReadKerasGraph, ReadsBackWhatIsWrittenInBothGenerations) {
  const auto nested = model_2({input_2("in", 4),
                               layer_2("Functional", "inner",
                                       model_2({input_2("x", 4), dense_2("d", 4, {{call("x")}})},
                                               {end("x")}, {end("d")}, "inner")["config"],
                                       {{call("in")}, {call("inner", 1)}}),
                               dense_2("out", 2, {{call("inner", 2)}})},
                              {end("in")}, {end("out")});
  for (const json& text : {shared_2(), nested}) {
    const auto read = read_keras_json(text.dump(), "m");
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(read_keras_json(write_keras_json(*read), "again").value(), *read);
    for (const auto generation : {KerasGeneration::kKeras2, KerasGeneration::kKeras3}) {
      const auto written = keras_model_json(*read, generation);
      ASSERT_TRUE(written) << written.error().message;
      const auto again = read_keras_json(written->dump(), "again");
      ASSERT_TRUE(again) << again.error().message;
      EXPECT_EQ(*again, *read);
    }
  }
}

TEST(ReadKerasGraph, ReadsKeras3sTensors) {
  const char* text = R"({"module": "keras.src.models.functional", "class_name": "Functional",
    "registered_name": "Functional", "config": {"name": "f", "trainable": true,
    "input_layers": ["x", 0, 0], "output_layers": ["add", 0, 0], "layers": [
    {"module": "keras.layers", "class_name": "InputLayer", "registered_name": null, "name": "x",
     "inbound_nodes": [], "config": {"batch_shape": [null, 4], "dtype": "int32", "sparse": false,
     "ragged": false, "name": "x"}},
    {"module": "keras.layers", "class_name": "Dense", "registered_name": null, "name": "d",
     "build_config": {"input_shape": [null, 4]}, "config": {"name": "d", "units": 4, "activation":
     "hard_sigmoid", "dtype": {"module": "keras", "class_name": "DTypePolicy", "config": {"name":
     "float32"}, "registered_name": null}}, "inbound_nodes": [{"args": [{"class_name":
     "__keras_tensor__", "config": {"shape": [null, 4], "dtype": "float32", "keras_history":
     ["x", 0, 0]}}], "kwargs": {}}]},
    {"module": "keras.layers", "class_name": "Add", "registered_name": null, "name": "add",
     "config": {"name": "add"}, "inbound_nodes": [{"args": [[
       {"class_name": "__keras_tensor__", "config": {"keras_history": ["d", 0, 0]}},
       {"class_name": "__keras_tensor__", "config": {"keras_history": ["x", 0, 0]}}]],
       "kwargs": {"mask": [null, null]}}]}]}})";
  const auto read = read_keras_json(text, "m");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->inputs[0].dtype, "int32");
  EXPECT_EQ(read->layers[0].config["activation"], "hard_sigmoid_keras_3");
  EXPECT_EQ(read->calls[1], (CallSpec{1, {{1, 0}, {0, 0}}}));
}

TEST(WriteKerasJson, RefusesTheOtherGenerationsHardSigmoid) {
  const auto mine = layers(R"([{"Dense": {"units": 2, "input_shape": [3], "activation":
                                          "hard_sigmoid"}}])");
  EXPECT_TRUE(keras_model_json(mine, KerasGeneration::kKeras2));
  EXPECT_EQ(keras_model_json(mine, KerasGeneration::kKeras3).error().message,
            "layer 'dense': Keras 3 has no hard_sigmoid of Keras 2, clip(0.2 x + 0.5, 0, 1); write "
            "a .h5 file");
}

TEST(ReadKerasGraph, RefusesByNameWhatItCannotHonour) {
  const auto one = [](json dense) {
    return model_2({input_2("x", 4), std::move(dense)}, {end("x")}, {end("d")});
  };
  const auto with_argument = [](json arguments) {
    return json::array({json::array({json::array({"x", 0, 0, std::move(arguments)})})});
  };
  auto lambda = one(dense_2("d", 2, {{call("x")}}));
  lambda["config"]["layers"][1]["class_name"] = "Lambda";
  auto custom = one(dense_2("d", 2, {{call("x")}}));
  custom["config"]["layers"][1]["registered_name"] = "mine>Dense";
  auto unused = one(dense_2("d", 2, {{call("x")}}));
  unused["config"]["layers"].push_back(input_2("y", 4));
  const std::pair<json, const char*> cases[] = {
      {one(dense_2("d", 2, {{call("y")}})), "m: layer \"d\": there is no layer \"y\" in the model"},
      {one(dense_2("d", 2, {{call("x", 1)}})),
       "m: layer \"d\": the input \"x\" has no call 1 with output 0"},
      {one(dense_2("d", 2, {{call("d")}})),
       "m: layer \"d\" takes what it makes itself: the graph has a cycle"},
      {one(dense_2("d", 2, json::array())),
       "m: layer 2 \"d\" (Dense): it is never called; inbound_nodes has no call"},
      {one(dense_2("x", 2, {{call("x")}})),
       "m: layer 2 \"x\" (Dense): a layer needs a name of its own"},
      {one(dense_2("d", 2, with_argument({{"training", true}}))),
       "m: layer 2 \"d\" (Dense): it is called with training = true, which has no equivalent; "
       "supported: inputs, and training and mask as null"},
      {one(dense_2("d", 2, {{json::array({"_CONSTANT_VALUE", -1, 3.5, json::object()})}})),
       "m: layer 2 \"d\" (Dense): it is called with \"_CONSTANT_VALUE\"; only tensors are "
       "supported"},
      {lambda, "m: layer 2 \"d\" (Lambda): unknown layer class \"Lambda\""},
      {custom, "m: layer 2: \"Dense\" is a custom class (\"mine>Dense\"); supported layers: "},
      {unused, "m: the InputLayer \"y\" is not among the model's input_layers"},
      {model_2({input_2("x", 4)}, {end("x")}, json::array()),
       "m: a model needs at least one input and one output"},
      {model_2({input_2("x", 4)}, {end("z")}, {end("x")}),
       "m: input_layers names \"z\", which is no InputLayer of the model"},
  };
  for (const auto& [model, message] : cases) {
    const auto read = read_keras_json(model.dump(), "m");
    ASSERT_FALSE(read) << message;
    EXPECT_THAT(read.error().message, testing::StartsWith(message));
    EXPECT_EQ(read.error().code, Errc::kInvalid);
  }
}

TEST(ReadKerasGraph, AcceptsTrainingFalseWhereItChangesNothing) {
  const auto nodes = json::array(
      {json::array({json::array({"x", 0, 0, {{"training", false}, {"mask", nullptr}}})})});
  const auto model = [&](json layer) {
    return model_2({input_2("x", 4), std::move(layer)}, {end("x")}, {end("d")}).dump();
  };
  EXPECT_TRUE(read_keras_json(model(dense_2("d", 2, nodes)), "m"));
  EXPECT_FALSE(read_keras_json(model(layer_2("Dropout", "d", {{"rate", 0.5}}, nodes)), "m"));
}

TEST(ReadKerasGraph, ModelsThatCallModelsAgainAndAgainAreLimited) {
  json inner = model_2({input_2("x", 4), dense_2("d", 4, {{call("x")}})}, {end("x")}, {end("d")});
  for (int depth = 0; depth < 12; ++depth) {
    json nodes = json::array({json::array({call("x")})});
    for (int i = 1; i < 8; ++i) nodes.push_back(json::array({call("n", i)}));
    inner = model_2({input_2("x", 4), layer_2("Functional", "n", inner["config"], nodes)},
                    {end("x")}, {end("n", 8)});
  }
  const auto read = read_keras_json(inner.dump(), "m");
  ASSERT_FALSE(read);
  EXPECT_THAT(read.error().message,
              testing::AnyOf(testing::HasSubstr("calls layers more than 20000 times"),
                             testing::HasSubstr("nested deeper than 64")));
}

}  // namespace
}  // namespace dk::model
