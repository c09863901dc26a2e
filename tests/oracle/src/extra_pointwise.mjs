// SPDX-License-Identifier: GPL-3.0-or-later
// Layers that work value by value or channel by channel.
import tf from '@tensorflow/tfjs';

/** 1 where the condition holds, else 0: a constant, comparisons have no gradient in tfjs. */
const where = (x, condition) => tf.tensor(Float32Array.from(x.dataSync(), (v) => (condition(v) ? 1 : 0)), x.shape);

const identity = () => ({call: ([x]) => x.clone()});

/** A per-axis statistic in a shape that broadcasts against an input of this rank. */
function broadcast(values, axes, shape) {
  const list = [values].flat(Infinity);
  return tf.reshape(tf.tensor1d(list), shape.map((size, axis) => (axes.includes(axis) ? size : 1)));
}

const batchNormalization = (c) => ({
  variables(input) {
    const size = [input.at([c.axis].flat()[0])];
    return [
      ...(c.scale ? [['gamma', size]] : []), ...(c.center ? [['beta', size]] : []),
      ['moving_mean', size, false], ['moving_variance', size, false],
    ];
  },
  call([x], values, {training, write}) {
    const channel = ([c.axis].flat()[0] + x.rank) % x.rank;
    const axes = x.shape.map((_, axis) => axis).filter((axis) => axis !== channel);
    const shape = x.shape.map((size, axis) => (axis === channel ? size : 1));
    const first = (c.scale ? 1 : 0) + (c.center ? 1 : 0);
    let [mean, variance] = values.slice(first);
    if (training) {
      const batch = tf.moments(x, axes);
      write(first, mean.mul(c.momentum).add(batch.mean.mul(1 - c.momentum)));
      write(first + 1, variance.mul(c.momentum).add(batch.variance.mul(1 - c.momentum)));
      ({mean, variance} = batch);
    }
    const normal = x.sub(mean.reshape(shape)).div(variance.reshape(shape).add(c.epsilon).sqrt());
    const scaled = c.scale ? normal.mul(values[0].reshape(shape)) : normal;
    return c.center ? scaled.add(values[first - 1].reshape(shape)) : scaled;
  },
});

/** Over the last axis. */
const layerNormalization = (c) => ({
  variables: (input) => [
    ...(c.scale ? [['gamma', [input.at(-1)]]] : []), ...(c.center ? [['beta', [input.at(-1)]]] : []),
  ],
  call([x], values) {
    const {mean, variance} = tf.moments(x, -1, true);
    const normal = x.sub(mean).div(variance.add(c.epsilon).sqrt());
    const scaled = c.scale ? normal.mul(values[0]) : normal;
    return c.center ? scaled.add(values.at(-1)) : scaled;
  },
});

/** f(x) = max_value above max_value, x from threshold on, else negative_slope * (x - threshold). */
const relu = (c) => ({
  call([x]) {
    const above = where(x, (v) => v >= c.threshold);
    const y = x.mul(above).add(x.sub(c.threshold).mul(c.negative_slope).mul(tf.sub(1, above)));
    return c.max_value === null ? y : tf.minimum(y, tf.scalar(c.max_value));
  },
});

/** (x - mean) / max(sqrt(variance), 1e-7), or back with `invert`. */
const normalization = (c) => ({
  variables(input) {
    const size = [c.axis ?? []].flat().map((axis) => input.at(axis));
    return c.mean === null ? [['mean', size, false], ['variance', size, false], ['count', [], false]] : [];
  },
  call([x], [meanWeight, varianceWeight]) {
    const axes = [c.axis ?? []].flat().map((axis) => (axis + x.rank) % x.rank);
    const shape = x.shape;
    const spread = (given, weight) => broadcast(given ?? [...weight.dataSync()], axes, shape);
    const mean = spread(c.mean, meanWeight);
    const deviation = tf.maximum(spread(c.variance, varianceWeight).sqrt(), tf.scalar(1e-7));
    return c.invert ? x.mul(deviation).add(mean) : x.sub(mean).div(deviation);
  },
});

const vector = (value) => (Array.isArray(value) ? tf.tensor1d(value) : tf.scalar(value));

export const layers = {
  BatchNormalization: batchNormalization,
  ELU: (c) => ({
    call: ([x]) => tf.relu(x).add(tf.exp(tf.minimum(x, tf.scalar(0))).sub(1).mul(c.alpha)),
  }),
  LayerNormalization: layerNormalization,
  Normalization: normalization,
  ReLU: relu,
  Rescaling: (c) => ({call: ([x]) => x.mul(vector(c.scale)).add(vector(c.offset))}),
  Softmax: (c) => ({call: ([x]) => tf.exp(x.sub(tf.logSumExp(x, c.axis, true)))}),
  SpatialDropout2D: identity,
  SpatialDropout3D: identity,
  ThresholdedReLU: (c) => ({call: ([x]) => x.mul(where(x, (v) => v > c.theta))}),
  Subtract: () => ({
    outputShape: ([first]) => first,
    call: ([a, b]) => a.sub(b),
  }),
};
