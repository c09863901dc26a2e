// SPDX-License-Identifier: GPL-3.0-or-later
import {layer, sequential} from '../src/keras_json.mjs';

const dense = (units, config = {}) => layer('Dense', {units, ...config});

export const layers = {
  dense: {about: 'Dense twice', model: sequential([3], [dense(4, {activation: 'tanh'}), dense(2)]),
    inputs: [{shape: [3, 3]}], training: {}},
};
