// SPDX-License-Identifier: GPL-3.0-or-later
import {layer, sequential} from '../src/keras_json.mjs';

const names = ['linear', 'relu', 'relu6', 'sigmoid', 'hard_sigmoid', 'tanh', 'softmax', 'softplus', 'softsign',
  'elu', 'selu', 'gelu', 'gelu_tanh', 'swish', 'silu', 'exponential'];

const model = (name) => sequential([3], [
  layer('Dense', {units: 6}), layer('Activation', {activation: name}), layer('Dense', {units: 2}),
]);
/** The first layer spreads its outputs over about [-8, 8]: every branch of every activation. */
const spread = [4, -3, 2, -2, 1, -1, 3, 1, -4, 2, -1, 3, -1, 4, 2, -3, 5, 0.5];
const common = {inputs: [{shape: [4, 3]}], weights: {'dense/kernel': spread}, training: {
  optimizer: {name: 'sgd', learning_rate: 0.01}}};

export const activations = {
  ...Object.fromEntries(names.map((name) =>
    [name, {about: `${name} between two dense layers`, model: model(name), ...common}])),
  hard_sigmoid_keras3: {
    about: 'hard_sigmoid as Keras 3 has it: relu6(x + 3) / 6',
    model: model('hard_sigmoid'), keras3: true,
    ...common,
  },
};
