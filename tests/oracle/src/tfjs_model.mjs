// SPDX-License-Identifier: GPL-3.0-or-later
// Keras' JSON as a model of tfjs, and its variables in the order of Keras' get_weights().
import tf from '@tensorflow/tfjs';

import {extraLayerFor} from './extra_layers.mjs';
import './extra_activations.mjs';
import {withoutAlias} from './keras_defaults.mjs';

const regularizers = {L1: (c) => ({l1: c.l1, l2: 0}), L2: (c) => ({l1: 0, l2: c.l2}), L1L2: (c) => c};

function adaptValue(key, value, keras3) {
  if (key.endsWith('_initializer')) return 'zeros';  // every weight is set before it is used
  if (key.endsWith('_regularizer') && value !== null) {
    return {class_name: 'L1L2', config: regularizers[value.class_name](value.config)};
  }
  if (key.endsWith('activation') && value === 'hard_sigmoid' && keras3) return 'hardsigmoid3';
  if (key === 'layer' || key === 'cell') return adaptLayer(value, keras3);
  if (key === 'dtype') return 'float32';
  return value;
}

/** A layer's JSON in the dialect of tfjs, or of a layer of ours where tfjs has none that fits. */
function adaptLayer(entry, keras3) {
  const {config} = entry;
  const className = withoutAlias(entry.class_name);
  if (isModel(className)) return {...entry, ...adaptModel(entry, keras3)};
  if (className === 'InputLayer') {
    const {name, batch_input_shape: shape} = config;
    return {...entry, config: {name, batch_input_shape: shape, dtype: 'float32'}};
  }
  const extra = extraLayerFor(className, config);
  if (extra) return {...entry, ...extra};
  const adapted = Object.fromEntries(
    Object.entries(config).map(([key, value]) => [key, adaptValue(key, value, keras3)]));
  if (Array.isArray(adapted.axis) && className === 'BatchNormalization') [adapted.axis] = adapted.axis;
  return {...entry, class_name: className, config: adapted};
}

const isModel = (className) => ['Sequential', 'Functional', 'Model'].includes(className);

/** Tensors among a call's keyword arguments become inputs: that is how layers of ours take them. A
 *  value that is the query is left out, because tfjs releases an input that is there twice too early. */
function adaptNode(node) {
  return node.flatMap(([name, index, tensor, tensors]) => {
    const more = Object.values(tensors ?? {});
    const same = more.length === 1 && String(more[0]) === String([name, index, tensor]);
    return [[name, index, tensor, {}], ...(same ? [] : more.map((entry) => [...entry, {}]))];
  });
}

function adaptModel({class_name: className, config}, keras3) {
  const layers = config.layers.map((entry) => {
    const adapted = adaptLayer(entry, keras3);
    return entry.inbound_nodes ? {...adapted, inbound_nodes: entry.inbound_nodes.map(adaptNode)} : adapted;
  });
  return {class_name: className, config: {...config, layers}};
}

/** What in an adapted model is written out by us. */
const ours = /"keras_id"|"activation":"(exponential|gelu|gelu_tanh|hardsigmoid3|silu)"/;

/** The model as tfjs runs it, with what Keras 3 understands otherwise. `onlyTfjs` says whether all its layers are those of tfjs. */
export async function loadModel(kerasJson, keras3 = false) {
  const adapted = adaptModel(kerasJson, keras3);
  const model = await tf.models.modelFromJSON({modelTopology: adapted});
  return {model, onlyTfjs: !ours.test(JSON.stringify(adapted))};
}

/** Keras writes layers by their depth in the graph: the order in which tfjs has them, too. */
export function inKerasOrder(kerasJson, model) {
  const position = new Map(model.layers.map((layer, index) => [layer.name, index]));
  const name = (entry) => entry.config.name;
  const layers = kerasJson.config.layers.map((entry) => {
    const inner = model.layers[position.get(name(entry))];
    return isModel(entry.class_name) ? {...entry, config: inKerasOrder(entry, inner).config} : entry;
  });
  if (kerasJson.class_name === 'Functional') {
    layers.sort((a, b) => position.get(name(a)) - position.get(name(b)));
  }
  return {...kerasJson, config: {...kerasJson.config, layers}};
}

/** The layers that own variables, in Keras' order; nested models and wrappers opened. */
function leaves(layer) {
  if (layer.layers) return layer.layers.flatMap(leaves);
  if (layer.forwardLayer) return [...leaves(layer.forwardLayer), ...leaves(layer.backwardLayer)];
  if (layer.cell) return [layer.cell];
  if (layer.getClassName() === 'TimeDistributed') return leaves(layer.layer);
  return [layer];
}

/** {name, variable, trainable} of every variable, each once. */
export function variablesOf(model) {
  const found = new Map();
  const add = (layer, owner, variable, trainable) => {
    const name = `${owner}/${variable.originalName.split('/').pop()}`;
    if (!found.has(variable.id)) found.set(variable.id, {name, variable, trainable});
  };
  const visit = (layer, owner) => {
    const frozen = layer.trainable === false;
    for (const leaf of leaves(layer)) {
      if (leaf !== layer && layer.layers) continue;
      for (const v of leaf._trainableWeights) add(leaf, owner, v, !frozen && leaf.trainable !== false);
      for (const v of leaf._nonTrainableWeights) add(leaf, owner, v, false);
    }
    for (const inner of layer.layers ?? []) visit(inner, `${owner}/${inner.name}`);
  };
  for (const layer of model.layers) visit(layer, layer.name);
  return [...found.values()];
}

/** The sum of all regularization terms, a scalar tensor. */
export function regularization(model) {
  const terms = new Set(model.layers.flatMap(leaves).flatMap((layer) => layer._losses ?? []));
  return [...terms].reduce((sum, term) => sum.add(term()), tf.scalar(0));
}
