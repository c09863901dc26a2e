// SPDX-License-Identifier: GPL-3.0-or-later
// The models of keras_json.mjs as Keras 3 writes them. Shapes come from the model that tfjs made.

const modern = (module, className, config) => ({module, class_name: className, config, registered_name: null});
const dtype = modern('keras', 'DTypePolicy', {name: 'float32'});
const modules = {initializer: 'keras.initializers', regularizer: 'keras.regularizers', constraint: 'keras.constraints'};

/** Arguments that Keras 3 has no more, or writes elsewhere. */
const gone = new Set(['time_major', 'implementation', 'input_length', 'query_shape', 'key_shape', 'value_shape']);
const renamed = {LeakyReLU: {alpha: 'negative_slope'}, ThresholdedReLU: {}};
const added = {
  Dense: {quantization_config: null}, Embedding: {quantization_config: null},
  GRU: {seed: null}, LSTM: {seed: null}, SimpleRNN: {seed: null},
  MultiHeadAttention: {flash_attention: null, seed: null},
};

function configOf({class_name: className, config}) {
  const list = Object.entries(config).filter(([key]) => !gone.has(key)).map(([key, value]) => {
    const name = renamed[className]?.[key] ?? key;
    if (key === 'dtype') return [name, dtype];
    if (key === 'axis' && Array.isArray(value) && className === 'BatchNormalization') return [name, value[0]];
    const module = modules[key.split('_').pop()];
    if (module && value !== null) return [name, modern(module, value.class_name, value.config)];
    return [name, value];
  });
  return {...Object.fromEntries(list), ...added[className]};
}

function layerEntry(entry, built) {
  const {class_name: className, config} = entry;
  if (className === 'InputLayer') {
    return modern('keras.layers', className,
      {batch_shape: config.batch_input_shape, dtype: 'float32', sparse: false, ragged: false, name: config.name});
  }
  const shapes = built.inboundNodes[0].inputShapes;
  const build = className === 'MultiHeadAttention'
    ? {shapes_dict: {query_shape: shapes[0], value_shape: shapes[1] ?? shapes[0]}}
    : {input_shape: shapes.length === 1 ? shapes[0] : shapes};
  return {...modern('keras.layers', className, configOf(entry)), build_config: build};
}

function sequential({config}, model) {
  const [input, ...rest] = config.layers;
  const built = new Map(model.layers.map((layer) => [layer.name, layer]));
  const first = layerEntry(input);
  const layers = [first, ...rest.map((entry) => layerEntry(entry, built.get(entry.config.name)))];
  const shape = first.config.batch_shape;
  return {...modern('keras', 'Sequential',
    {name: config.name, trainable: true, dtype, layers, build_input_shape: shape}), build_config: {input_shape: shape}};
}

function functional({config}, model) {
  const built = new Map(model.layers.map((layer) => [layer.name, layer]));
  const tensor = ([name, node, index]) => ({class_name: '__keras_tensor__', config: {
    shape: built.get(name).inboundNodes[node].outputShapes[index], dtype: 'float32',
    keras_history: [name, node, index],
  }});
  const call = (node) => {
    const inputs = node.map(tensor);
    const kwargs = Object.entries(node[0][3]).map(([key, value]) => [key, tensor(value)]);
    return {args: inputs.length === 1 ? inputs : [inputs], kwargs: Object.fromEntries(kwargs)};
  };
  const layers = config.layers.map((entry) => ({
    ...layerEntry(entry, built.get(entry.config.name)), name: entry.name,
    inbound_nodes: entry.inbound_nodes.map(call),
  }));
  const ends = (list) => (list.length === 1 ? list[0] : list);
  return modern('keras.src.models.functional', 'Functional', {name: config.name, trainable: true, layers,
    input_layers: ends(config.input_layers), output_layers: ends(config.output_layers)});
}

export const toKeras3 = (kerasJson, model) =>
  (kerasJson.class_name === 'Sequential' ? sequential : functional)(kerasJson, model);
