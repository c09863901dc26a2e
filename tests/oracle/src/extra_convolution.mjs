// SPDX-License-Identifier: GPL-3.0-or-later
// Convolutions tap by tap, in any number of dimensions, with dilation, groups and causal padding;
// average pooling that leaves the padding out; global pooling and padding where tfjs has none.
import tf from '@tensorflow/tfjs';

const ActivationLayer = (name) => (name === 'linear' ? null : tf.layers.activation({activation: name}));
const activate = (name, x) => (name === 'linear' ? x : ActivationLayer(name).apply(x));

/** [before, after, output size] of one axis. */
function paddingOf(mode, size, kernel, stride, dilation) {
  const reach = (kernel - 1) * dilation + 1;
  if (mode === 'causal') return [reach - 1, 0, Math.ceil(size / stride)];
  if (mode === 'valid') return [0, 0, Math.ceil((size - reach + 1) / stride)];
  const out = Math.ceil(size / stride);
  const total = Math.max((out - 1) * stride + reach - size, 0);
  return [Math.floor(total / 2), total - Math.floor(total / 2), out];
}

function* taps(kernel) {
  const index = kernel.map(() => 0);
  const count = kernel.reduce((product, axis) => product * axis, 1);
  for (let i = 0; i < count; ++i) {
    yield [...index];
    for (let axis = kernel.length - 1; axis >= 0 && ++index[axis] === kernel[axis]; --axis) index[axis] = 0;
  }
}

const geometry = (c, rank, kernel) => ({
  kernel, strides: [c.strides ?? kernel].flat(), dilation: [c.dilation_rate ?? Array(rank).fill(1)].flat(),
});

function outputSizes(c, {kernel, strides, dilation}, sizes) {
  return sizes.map((size, axis) => paddingOf(c.padding, size, kernel[axis], strides[axis], dilation[axis]));
}

/** For each tap, what of x (channels last) it sees at each output position. */
function* views(c, shape, x) {
  const plan = outputSizes(c, shape, x.shape.slice(1, -1));
  const padded = x.pad([[0, 0], ...plan.map(([before, after]) => [before, after]), [0, 0]]);
  for (const tap of taps(shape.kernel)) {
    let view = padded;
    plan.forEach(([, , out], axis) => {
      const places = Array.from({length: out},
        (_, i) => i * shape.strides[axis] + tap[axis] * shape.dilation[axis]);
      view = view.gather(tf.tensor1d(places, 'int32'), axis + 1);
    });
    yield [tap, view];
  }
}

/** The matrix of one tap: kernel[tap], of shape (in, out). */
const tapMatrix = (kernel, tap) => kernel
  .slice([...tap, 0, 0], [...tap.map(() => 1), ...kernel.shape.slice(-2)]).reshape(kernel.shape.slice(-2));

function convolve(c, shape, x, kernel) {
  const [inner, filters] = kernel.shape.slice(-2);
  const groups = c.groups ?? 1;
  let sum = null;
  for (const [tap, view] of views(c, shape, x)) {
    const matrix = tapMatrix(kernel, tap);
    const parts = Array.from({length: groups}, (_, g) => {
      const input = view.reshape([-1, inner * groups]).slice([0, g * inner], [-1, inner]);
      return input.matMul(matrix.slice([0, g * filters / groups], [inner, filters / groups]));
    });
    const y = tf.concat(parts, 1).reshape([...view.shape.slice(0, -1), filters]);
    sum = sum ? sum.add(y) : y;
  }
  return sum;
}

/** Each channel by its own `multiplier` filters: channel c gives outputs c * multiplier ... */
function convolveDepthwise(c, shape, x, kernel) {
  const [channels, multiplier] = kernel.shape.slice(-2);
  let sum = null;
  for (const [tap, view] of views(c, shape, x)) {
    const y = view.expandDims(-1).mul(tapMatrix(kernel, tap))
      .reshape([...view.shape.slice(0, -1), channels * multiplier]);
    sum = sum ? sum.add(y) : y;
  }
  return sum;
}

function averageOfViews(c, shape, x) {
  const total = (values) => [...views(c, shape, values)].map(([, view]) => view).reduce((a, b) => a.add(b));
  return total(x).div(total(tf.onesLike(x)));
}

const finish = (c, y, bias) => activate(c.activation, bias ? y.add(bias) : y);
const spatialOut = (c, shape, input) =>
  outputSizes(c, shape, input.slice(1, -1)).map(([, , out]) => out);

const convolution = (rank) => (c) => {
  const shape = geometry(c, rank, [c.kernel_size].flat());
  return {
    variables: (input) => [
      ['kernel', [...shape.kernel, input.at(-1) / c.groups, c.filters]],
      ...(c.use_bias ? [['bias', [c.filters]]] : []),
    ],
    outputShape: (input) => [input[0], ...spatialOut(c, shape, input), c.filters],
    call: ([x], [kernel, bias]) => finish(c, convolve(c, shape, x, kernel), bias),
  };
};

/** [padding before, output size] of one axis of a transposed convolution. */
function transposedSize(c, size, kernel, stride, more) {
  const full = (size - 1) * stride + kernel;
  if (c.padding === 'valid') return [0, more === undefined ? size * stride + Math.max(kernel - stride, 0) : full + more];
  const out = more === undefined ? size * stride : full - 2 * Math.floor(kernel / 2) + more;
  return [Math.floor(Math.max(full - out, 0) / 2), out];
}

/** What the gradient of a convolution by its input is: y[s * i + k] += K[k] x[i], (out, in) matrices. */
const transposed = (rank) => (c) => {
  const kernel = [c.kernel_size].flat();
  const strides = [c.strides].flat();
  const plan = (sizes) => sizes.map((size, axis) =>
    transposedSize(c, size, kernel[axis], strides[axis], c.output_padding?.[axis]));
  return {
    variables: (input) => [
      ['kernel', [...kernel, c.filters, input.at(-1)]], ...(c.use_bias ? [['bias', [c.filters]]] : []),
    ],
    outputShape: (input) => [input[0], ...plan(input.slice(1, -1)).map(([, out]) => out), c.filters],
    call([x], [weights, bias]) {
      const sizes = x.shape.slice(1, -1);
      const axes = plan(sizes);
      const withZero = x.pad([[0, 0], ...sizes.map(() => [0, 1]), [0, 0]]);
      let sum = null;
      for (const tap of taps(kernel)) {
        let view = withZero;
        axes.forEach(([before, out], axis) => {
          const places = Array.from({length: out}, (_, p) => {
            const place = (p + before - tap[axis]) / strides[axis];
            return Number.isInteger(place) && place >= 0 && place < sizes[axis] ? place : sizes[axis];
          });
          view = view.gather(tf.tensor1d(places, 'int32'), axis + 1);
        });
        const y = view.reshape([-1, x.shape.at(-1)]).matMul(tapMatrix(weights, tap), false, true);
        sum = sum ? sum.add(y) : y;
      }
      return finish(c, sum.reshape([x.shape[0], ...axes.map(([, out]) => out), c.filters]), bias);
    },
  };
};

const depthwise = (rank) => (c) => {
  const shape = geometry(c, rank, [c.kernel_size].flat());
  return {
    variables: (input) => [
      ['depthwise_kernel', [...shape.kernel, input.at(-1), c.depth_multiplier]],
      ...(c.use_bias ? [['bias', [input.at(-1) * c.depth_multiplier]]] : []),
    ],
    outputShape: (input) =>
      [input[0], ...spatialOut(c, shape, input), input.at(-1) * c.depth_multiplier],
    call: ([x], [kernel, bias]) => finish(c, convolveDepthwise(c, shape, x, kernel), bias),
  };
};

const separable1d = (c) => {
  const shape = geometry(c, 1, [c.kernel_size].flat());
  return {
    variables: (input) => [
      ['depthwise_kernel', [...shape.kernel, input.at(-1), c.depth_multiplier]],
      ['pointwise_kernel', [1, input.at(-1) * c.depth_multiplier, c.filters]],
      ...(c.use_bias ? [['bias', [c.filters]]] : []),
    ],
    outputShape: (input) => [input[0], ...spatialOut(c, shape, input), c.filters],
    call([x], [kernel, pointwise, bias]) {
      const y = convolveDepthwise(c, shape, x, kernel);
      const flat = y.reshape([-1, y.shape.at(-1)]).matMul(pointwise.reshape(pointwise.shape.slice(1)));
      return finish(c, flat.reshape([...y.shape.slice(0, -1), c.filters]), bias);
    },
  };
};

const averagePooling = (rank) => (c) => {
  const shape = geometry(c, rank, [c.pool_size].flat());
  return {
    outputShape: (input) => [input[0], ...spatialOut(c, shape, input), input.at(-1)],
    call: ([x]) => averageOfViews(c, shape, x),
  };
};

const globalPooling = (rank, reduce) => (c) => {
  const first = c.data_format === 'channels_first';
  const axes = Array.from({length: rank}, (_, axis) => axis + (first ? 2 : 1));
  const channel = first ? 1 : rank + 1;
  return {
    outputShape: (input) => (c.keepdims
      ? input.map((size, axis) => (axes.includes(axis) ? 1 : size)) : [input[0], input[channel]]),
    call: ([x]) => reduce(x, axes, c.keepdims),
  };
};

/** The mean over the steps that are not masked. */
const averageOfSteps = (c) => {
  const axis = c.data_format === 'channels_first' ? 2 : 1;
  return {
    endsMask: true,
    outputShape: (input) => (c.keepdims ? input.map((size, i) => (i === axis ? 1 : size))
      : input.filter((_, i) => i !== axis)),
    call([x], values, {mask}) {
      if (!mask) return tf.mean(x, axis, c.keepdims);
      const kept = mask.cast('float32').expandDims(-1);
      return tf.sum(x.mul(kept), 1).div(tf.sum(kept, 1));
    },
  };
};

export const layers = {
  AveragePooling1D: averagePooling(1),
  AveragePooling2D: averagePooling(2),
  AveragePooling3D: averagePooling(3),
  Conv1D: convolution(1),
  Conv1DTranspose: transposed(1),
  Conv2D: convolution(2),
  Conv2DTranspose: transposed(2),
  Conv3D: convolution(3),
  Conv3DTranspose: transposed(3),
  DepthwiseConv1D: depthwise(1),
  DepthwiseConv2D: depthwise(2),
  GlobalAveragePooling1D: averageOfSteps,
  GlobalAveragePooling3D: globalPooling(3, (x, axes, keep) => tf.mean(x, axes, keep)),
  GlobalMaxPooling2D: globalPooling(2, (x, axes, keep) => tf.max(x, axes, keep)),
  GlobalMaxPooling3D: globalPooling(3, (x, axes, keep) => tf.max(x, axes, keep)),
  SeparableConv1D: separable1d,
};
