// SPDX-License-Identifier: GPL-3.0-or-later
// Which layers are written out in tf's operations, because tfjs has no such layer, not that
// argument, or not the right gradient.
import tf from '@tensorflow/tfjs';

import * as attention from './extra_attention.mjs';
import * as convolution from './extra_convolution.mjs';
import * as pointwise from './extra_pointwise.mjs';
import * as recurrent from './extra_recurrent.mjs';
import * as resizing from './extra_resizing.mjs';

const anyAbove1 = (values) => [values].flat().some((value) => value > 1);

/** When tfjs will not do: by class name, a condition on the config. */
const needed = {
  AveragePooling1D: (c) => c.padding === 'same',
  AveragePooling2D: (c) => c.padding === 'same',
  AveragePooling3D: (c) => c.padding === 'same',
  BatchNormalization: (c) => !c.trainable || !c.scale || !c.center || [c.axis].flat()[0] === 1,
  Conv1D: (c) => c.padding === 'causal' || c.groups > 1 || anyAbove1(c.dilation_rate),
  Conv2D: (c) => c.groups > 1 || anyAbove1(c.dilation_rate),
  Conv2DTranspose: (c) => c.output_padding !== null,
  GlobalMaxPooling2D: (c) => c.keepdims,
  Conv3D: (c) => c.groups > 1 || anyAbove1(c.dilation_rate),
  DepthwiseConv2D: (c) => anyAbove1(c.dilation_rate),
  ELU: (c) => c.alpha !== 1,
  GRU: (c) => c.reset_after,
  LayerNormalization: (c) => !c.scale || !c.center,
  ReLU: (c) => c.negative_slope !== 0 || c.threshold !== 0,
  Rescaling: (c) => Array.isArray(c.scale) || Array.isArray(c.offset),
  Softmax: (c) => c.axis !== -1,
};

const extras = {...attention.layers, ...convolution.layers, ...pointwise.layers, ...recurrent.layers,
  ...resizing.layers};
const configs = [];

/** A layer from {variables(inputShape), outputShape(inputShape), call(inputs, values, {training, mask, write})}:
 *  `values` are the variables' tensors, `variables` gives [name, shape, trainable] of each. */
class ExtraLayer extends tf.layers.Layer {
  constructor({kerasId, ...args}) {
    super(args);
    this.kerasId = kerasId;
    const {type, config} = configs[kerasId];
    this.definition = extras[type](config);
    this.supportsMasking = true;
  }
  build(inputShape) {
    const list = this.definition.variables?.(inputShape) ?? [];
    this.values = list.map(([name, shape, trainable = true, constraint = null]) =>
      this.addWeight(name, shape, 'float32', tf.initializers.zeros(), undefined, trainable, constraint));
    this.built = true;
  }
  computeOutputShape(inputShape) {
    return this.definition.outputShape?.(inputShape) ?? inputShape;
  }
  call(inputs, {training = false, mask = null} = {}) {
    const list = Array.isArray(inputs) ? inputs : [inputs];
    return tf.tidy(() => this.definition.call(list, this.values.map((v) => v.read()), {
      training: training && configs[this.kerasId].config.trainable,
      mask,
      write: (index, value) => this.values[index].write(value),
    }));
  }
  computeMask(inputs, mask) {
    if (this.definition.endsMask) return null;
    return Array.isArray(mask) ? mask[0] : mask;
  }
  getConfig() {
    return {...super.getConfig(), kerasId: this.kerasId};
  }
  static className = 'ExtraLayer';
}
tf.serialization.registerClass(ExtraLayer);

/** The entry's replacement for tfjs, or nothing when tfjs' own layer will do. */
export function extraLayerFor(className, config) {
  if (!(className in extras) || !(needed[className]?.(config) ?? true)) return undefined;
  const id = configs.push({type: className, config}) - 1;
  const {name, trainable} = config;
  if (className === 'GRU') {
    return recurrent.entry({name, trainable, keras_id: id, units: config.units,
      return_sequences: config.return_sequences, return_state: config.return_state,
      go_backwards: config.go_backwards});
  }
  return {class_name: 'ExtraLayer', config: {name, trainable, keras_id: id}};
}
