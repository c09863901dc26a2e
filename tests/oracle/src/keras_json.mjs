// SPDX-License-Identifier: GPL-3.0-or-later
// Models as Keras 2 writes them with to_json(): every key that Python's get_config() has.
import {kerasDefaults} from './keras_defaults.mjs';

const snakeCase = (name) => name.replace(/(.)([A-Z][a-z0-9]+)/g, '$1_$2')
  .replace(/([a-z])([A-Z])/g, '$1_$2').toLowerCase();

/** Gives layers the names that Keras would, from `dense` on. */
class Namer {
  #count = new Map();
  next(className) {
    const base = snakeCase(className);
    const index = this.#count.get(base) ?? 0;
    this.#count.set(base, index + 1);
    return index === 0 ? base : `${base}_${index}`;
  }
}

/** A layer with Keras' arguments by their Python names; what is not given has Keras' default. */
export function layer(className, config = {}) {
  const defaults = kerasDefaults(className);
  for (const key of Object.keys(config)) {
    if (!(key in defaults)) throw new Error(`${className} has no argument ${key}`);
  }
  return {class_name: className, config: {...defaults, ...config}};
}

const withName = (inner) => ({...inner, config: {...inner.config, name: snakeCase(inner.class_name)}});

/** A wrapper: TimeDistributed or Bidirectional around a layer. */
export const wrap = (className, inner, config = {}) => layer(className, {...config, layer: withName(inner)});

/** RNN around a cell. */
export const rnnOf = (cell, config = {}) => layer('RNN', {...config, cell: withName(cell)});

function named(spec, namer) {
  const {name, ...config} = spec.config;
  return {class_name: spec.class_name, config: {name: name ?? namer.next(spec.class_name), ...config}};
}

const inputLayer = (name, shape) => ({
  class_name: 'InputLayer',
  config: {batch_input_shape: [null, ...shape], dtype: 'float32', sparse: false, ragged: false, name},
});

const whole = (className, config) =>
  ({class_name: className, config, keras_version: '2.15.0', backend: 'tensorflow'});

/** A Sequential model for samples of `shape`. */
export function sequential(shape, layers, name = 'sequential') {
  const namer = new Namer();
  const list = layers.map((spec) => named(spec, namer));
  return whole('Sequential', {name, layers: [inputLayer(`${list[0].config.name}_input`, shape), ...list]});
}

/** A model inside of another one. */
export const nested = (model) => ({class_name: model.class_name, config: model.config});

/** Builds a functional model: `input`, then `call` layers on what the calls returned. */
export class Graph {
  #namer = new Namer();
  #layers = [];
  #entries = new Map();

  input(name, shape) {
    const {class_name, config} = inputLayer(name, shape);
    this.#layers.push({class_name, config, name, inbound_nodes: []});
    return [name, 0, 0];
  }

  /** `inputs`: a tensor or a list. `tensors`: further ones by their argument's name. A layer that
   *  is called again is shared. */
  call(spec, inputs, tensors = {}) {
    let entry = this.#entries.get(spec);
    if (!entry) {
      const {class_name, config} = named(spec, this.#namer);
      entry = {class_name, config, name: config.name, inbound_nodes: []};
      this.#entries.set(spec, entry);
      this.#layers.push(entry);
    }
    const list = typeof inputs[0] === 'string' ? [inputs] : inputs;
    entry.inbound_nodes.push(list.map((tensor) => [...tensor, {...tensors}]));
    // A nested model's node 0 is the one it was made with.
    const first = entry.config.layers ? 1 : 0;
    return [entry.name, entry.inbound_nodes.length - 1 + first, 0];
  }

  model(inputs, outputs, name = 'model') {
    return whole('Functional', {
      name, trainable: true, layers: this.#layers, input_layers: inputs, output_layers: outputs,
    });
  }
}

/** Output number `index` of a layer with several. */
export const output = (tensor, index) => [tensor[0], tensor[1], index];
