// SPDX-License-Identifier: GPL-3.0-or-later
// Padding, cropping and enlarging where tfjs has no layer; bilinear enlarging with half-pixel
// centres, as TensorFlow 2 does.
import tf from '@tensorflow/tfjs';

/** The first spatial axis. */
const firstAxis = (c) => (c.data_format === 'channels_first' ? 2 : 1);
const pairs = (value) => (Array.isArray(value[0]) ? value : [value]);

function eachAxis(list, first, shape, change) {
  return shape.map((size, axis) => (axis >= first && axis < first + list.length
    ? change(size, list[axis - first]) : size));
}

const padding = (c) => {
  const list = pairs(c.padding);
  return {
    outputShape: (shape) => eachAxis(list, firstAxis(c), shape, (size, [a, b]) => size + a + b),
    call: ([x]) => x.pad(eachAxis(list, firstAxis(c), x.shape.map(() => [0, 0]), (_, pair) => pair)),
  };
};

const cropping = (c) => {
  const list = pairs(c.cropping);
  const out = (shape) => eachAxis(list, firstAxis(c), shape, (size, [a, b]) => size - a - b);
  return {
    outputShape: out,
    call: ([x]) => x.slice(eachAxis(list, firstAxis(c), x.shape.map(() => 0), (_, [a]) => a), out(x.shape)),
  };
};

const repeating = (c) => {
  const list = [c.size].flat();
  return {
    outputShape: (shape) => eachAxis(list, firstAxis(c), shape, (size, factor) => size * factor),
    call: ([x]) => list.reduce((y, factor, index) => {
      const axis = firstAxis(c) + index;
      const places = Array.from({length: y.shape[axis] * factor}, (_, i) => Math.floor(i / factor));
      return y.gather(tf.tensor1d(places, 'int32'), axis);
    }, x),
  };
};

/** The (size * factor, size) matrix that interpolates linearly along one axis. */
function interpolation(size, factor) {
  const rows = Array.from({length: size * factor}, (_, i) => {
    const place = Math.min(Math.max((i + 0.5) / factor - 0.5, 0), size - 1);
    const low = Math.floor(place);
    const row = Array(size).fill(0);
    row[low] += 1 - (place - low);
    row[Math.min(low + 1, size - 1)] += place - low;
    return row;
  });
  return tf.tensor2d(rows);
}

const bilinear = (c) => ({
  outputShape: (shape) => eachAxis(c.size, 1, shape, (size, factor) => size * factor),
  call: ([x]) => c.size.reduce((y, factor, index) => {
    const order = index === 0 ? [1, 0, 2, 3] : [2, 1, 0, 3];
    const front = y.transpose(order);
    const matrix = interpolation(front.shape[0], factor);
    const flat = matrix.matMul(front.reshape([front.shape[0], -1]));
    return flat.reshape([matrix.shape[0], ...front.shape.slice(1)]).transpose(order);
  }, x),
});

export const layers = {
  Cropping1D: cropping,
  Cropping3D: cropping,
  UpSampling1D: repeating,
  UpSampling2D: (c) => (c.interpolation === 'bilinear' ? bilinear(c) : repeating(c)),
  UpSampling3D: repeating,
  ZeroPadding1D: padding,
  ZeroPadding3D: padding,
};
