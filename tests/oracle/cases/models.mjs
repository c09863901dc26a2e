// SPDX-License-Identifier: GPL-3.0-or-later
import {layer, sequential} from '../src/keras_json.mjs';

const dense = (units, config = {}) => layer('Dense', {units, ...config});

export const models = {
  mlp: {
    about: 'dist-keras\' MNIST perceptron, in small',
    model: sequential([12], [
      dense(8, {activation: 'relu'}), layer('Dropout', {rate: 0.0}), dense(6, {activation: 'relu'}),
      dense(4, {activation: 'softmax'}),
    ]),
    inputs: [{shape: [4, 12], range: [0, 1]}],
    training: {loss: 'categorical_crossentropy', targets: [{shape: [4, 4], oneHot: true}]},
  },
};
