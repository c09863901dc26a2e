// SPDX-License-Identifier: GPL-3.0-or-later
// Where tfjs' optimizers are Keras', ours are compared with them.
import tf from '@tensorflow/tfjs';

import {makeOptimizer} from './optimizers.mjs';
import {makeRandom, uniform} from './prng.mjs';

const rate = 0.1;
/** Not with Adadelta's, which divides by the average before this gradient.
 *  Epsilon is so small that its place does not matter. */
const tiny = 1e-12;
const pairs = [
  [{name: 'sgd'}, () => tf.train.sgd(rate)],
  [{name: 'sgd', momentum: 0.9}, () => tf.train.momentum(rate, 0.9)],
  [{name: 'sgd', momentum: 0.9, nesterov: true}, () => tf.train.momentum(rate, 0.9, true)],
  [{name: 'rmsprop', rho: 0.8, momentum: 0.5, epsilon: tiny}, () => tf.train.rmsprop(rate, 0.8, 0.5, tiny)],
  [{name: 'rmsprop', rho: 0.8, centered: true, epsilon: 0.01}, () => tf.train.rmsprop(rate, 0.8, 0, 0.01, true)],
  [{name: 'adagrad', initial_accumulator_value: 0.2}, () => tf.train.adagrad(rate, 0.2)],
  [{name: 'adam', epsilon: tiny}, () => tf.train.adam(rate, 0.9, 0.999, tiny)],
  [{name: 'adamax', epsilon: tiny}, () => tf.train.adamax(rate, 0.9, 0.999, tiny)],
];

export function checkOptimizers() {
  const random = makeRandom(1);
  for (const [config, theirs] of pairs) {
    const ours = [uniform(random, 6, -1, 1)];
    const variable = tf.variable(tf.tensor1d(ours[0]));
    const update = makeOptimizer({learning_rate: rate, ...config});
    const reference = theirs();
    for (let step = 0; step < 5; ++step) {
      const gradient = uniform(random, 6, -1, 1);
      update(ours, [gradient]);
      reference.applyGradients([{name: variable.name, tensor: tf.tensor1d(gradient)}]);
    }
    const difference = variable.dataSync().reduce((max, v, i) => Math.max(max, Math.abs(v - ours[0][i])), 0);
    if (difference > 1e-5) console.error(`${JSON.stringify(config)}: ${difference} off tfjs`);
  }
}
