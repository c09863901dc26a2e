// SPDX-License-Identifier: GPL-3.0-or-later
import {layer, sequential} from '../src/keras_json.mjs';
import {sizeOf} from '../src/prng.mjs';

export const dense = (units, config = {}) => layer('Dense', {units, ...config});

/** `layers` on samples of `shape`, with a dense layer before and after them, so that training checks
 *  the gradients of their weights and of their input. `flat`: their output has one axis already. */
export function around(about, shape, layers, {flat = false, batch = 3, ...training} = {}) {
  const end = flat ? [dense(2)] : [layer('Flatten'), dense(2)];
  const front = [dense(sizeOf(shape)), layer('Reshape', {target_shape: shape})];
  return {
    about,
    model: sequential([3], [...front, ...[layers].flat(), ...end]),
    inputs: [{shape: [batch, 3]}],
    training: {optimizer: {name: 'sgd', learning_rate: 0.02}, ...training},
  };
}

/** The predictions of `layers` alone. */
export const alone = (about, shape, layers, input = {}) => ({
  about,
  model: sequential(shape, [layers].flat()),
  inputs: [{shape: [2, ...shape], ...input}],
});
