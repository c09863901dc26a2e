// SPDX-License-Identifier: GPL-3.0-or-later
// The keys and defaults of get_config() in Keras 2, layer by layer.

const make = (className, config = {}) => ({class_name: className, config});
const glorot = make('GlorotUniform', {seed: null});
const zeros = make('Zeros');
const ones = make('Ones');
const orthogonal = make('Orthogonal', {gain: 1.0, seed: null});
const randomUniform = make('RandomUniform', {minval: -0.05, maxval: 0.05, seed: null});

const kernelKeys = (prefix) => ({[`${prefix}_initializer`]: glorot});
const rest = (...prefixes) => Object.fromEntries([
  ...prefixes.map((prefix) => [`${prefix}_regularizer`, null]),
  ['activity_regularizer', null],
  ...prefixes.map((prefix) => [`${prefix}_constraint`, null]),
]);

function convolution(rank, size = null) {
  const all = (value) => Array(rank).fill(value);
  return {
    filters: null, kernel_size: size, strides: all(1), padding: 'valid', data_format: 'channels_last',
    dilation_rate: all(1), groups: 1, activation: 'linear', use_bias: true, ...kernelKeys('kernel'),
    bias_initializer: zeros, ...rest('kernel', 'bias'),
  };
}

function without(object, ...keys) {
  return Object.fromEntries(Object.entries(object).filter(([key]) => !keys.includes(key)));
}

function depthwise(rank) {
  return {
    ...without(convolution(rank), 'filters', 'kernel_initializer', 'kernel_regularizer', 'kernel_constraint'),
    depth_multiplier: 1, depthwise_initializer: glorot, depthwise_regularizer: null, depthwise_constraint: null,
  };
}

function separable(rank) {
  return {
    ...without(convolution(rank), 'kernel_initializer', 'kernel_regularizer', 'kernel_constraint'),
    depth_multiplier: 1, depthwise_initializer: glorot, pointwise_initializer: glorot,
    depthwise_regularizer: null, pointwise_regularizer: null, depthwise_constraint: null,
    pointwise_constraint: null,
  };
}

const pooling = (rank) => ({
  pool_size: Array(rank).fill(2), padding: 'valid', strides: null, data_format: 'channels_last',
});
const globalPooling = {data_format: 'channels_last', keepdims: false};

const recurrent = {
  return_sequences: false, return_state: false, go_backwards: false, stateful: false, unroll: false,
  time_major: false, units: null, activation: 'tanh', use_bias: true, kernel_initializer: glorot,
  recurrent_initializer: orthogonal, bias_initializer: zeros, ...rest('kernel', 'recurrent', 'bias'),
  dropout: 0.0, recurrent_dropout: 0.0,
};

const gated = {...recurrent, recurrent_activation: 'sigmoid', implementation: 2};
const cellOf = (config) => without(config, 'return_sequences', 'return_state', 'go_backwards', 'stateful', 'unroll',
  'time_major', 'activity_regularizer');

const table = {
  Activation: {activation: null},
  Add: {},
  AdditiveAttention: {dropout: 0.0, use_scale: true},
  AlphaDropout: {rate: null},
  Attention: {dropout: 0.0, use_scale: false, score_mode: 'dot'},
  Average: {},
  AveragePooling1D: pooling(1),
  AveragePooling2D: pooling(2),
  AveragePooling3D: pooling(3),
  BatchNormalization: {
    axis: [-1], momentum: 0.99, epsilon: 0.001, center: true, scale: true, beta_initializer: zeros,
    gamma_initializer: ones, moving_mean_initializer: zeros, moving_variance_initializer: ones,
    beta_regularizer: null, gamma_regularizer: null, beta_constraint: null, gamma_constraint: null,
  },
  Bidirectional: {layer: null, merge_mode: 'concat'},
  Concatenate: {axis: -1},
  Conv1D: convolution(1),
  Conv1DTranspose: {...convolution(1), output_padding: null},
  Conv2D: convolution(2),
  Conv2DTranspose: {...convolution(2), output_padding: null},
  Conv3D: convolution(3),
  Conv3DTranspose: {...convolution(3), output_padding: null},
  Cropping1D: {cropping: [1, 1]},
  Cropping2D: {cropping: [[0, 0], [0, 0]], data_format: 'channels_last'},
  Cropping3D: {cropping: [[1, 1], [1, 1], [1, 1]], data_format: 'channels_last'},
  Dense: {
    units: null, activation: 'linear', use_bias: true, ...kernelKeys('kernel'), bias_initializer: zeros,
    ...rest('kernel', 'bias'),
  },
  DepthwiseConv1D: depthwise(1),
  DepthwiseConv2D: depthwise(2),
  Dot: {axes: null, normalize: false},
  Dropout: {rate: null, noise_shape: null, seed: null},
  ELU: {alpha: 1.0},
  Embedding: {
    input_dim: null, output_dim: null, embeddings_initializer: randomUniform, embeddings_regularizer: null,
    activity_regularizer: null, embeddings_constraint: null, mask_zero: false, input_length: null,
  },
  Flatten: {data_format: 'channels_last'},
  GRU: {...gated, reset_after: true},
  GRUCell: cellOf({...gated, reset_after: true}),
  GaussianDropout: {rate: null, seed: null},
  GaussianNoise: {stddev: null, seed: null},
  GlobalAveragePooling1D: globalPooling,
  GlobalAveragePooling2D: globalPooling,
  GlobalAveragePooling3D: globalPooling,
  GlobalMaxPooling1D: globalPooling,
  GlobalMaxPooling2D: globalPooling,
  GlobalMaxPooling3D: globalPooling,
  LSTM: {...gated, unit_forget_bias: true},
  LSTMCell: cellOf({...gated, unit_forget_bias: true}),
  LayerNormalization: {
    axis: [-1], epsilon: 0.001, center: true, scale: true, beta_initializer: zeros, gamma_initializer: ones,
    beta_regularizer: null, gamma_regularizer: null, beta_constraint: null, gamma_constraint: null,
  },
  LeakyReLU: {alpha: 0.3},
  Masking: {mask_value: 0.0},
  MaxPooling1D: pooling(1),
  MaxPooling2D: pooling(2),
  MaxPooling3D: pooling(3),
  Maximum: {},
  Minimum: {},
  MultiHeadAttention: {
    num_heads: null, key_dim: null, value_dim: null, dropout: 0.0, use_bias: true, output_shape: null,
    attention_axes: null, ...kernelKeys('kernel'), bias_initializer: zeros, ...rest('kernel', 'bias'),
    query_shape: null, key_shape: null, value_shape: null,
  },
  Multiply: {},
  Normalization: {axis: [-1], invert: false, mean: null, variance: null},
  PReLU: {alpha_initializer: zeros, alpha_regularizer: null, alpha_constraint: null, shared_axes: null},
  Permute: {dims: null},
  RNN: {return_sequences: false, return_state: false, go_backwards: false, stateful: false, unroll: false,
    time_major: false, cell: null},
  ReLU: {max_value: null, negative_slope: 0.0, threshold: 0.0},
  RepeatVector: {n: null},
  Rescaling: {scale: null, offset: 0.0},
  Reshape: {target_shape: null},
  SeparableConv1D: separable(1),
  SeparableConv2D: separable(2),
  SimpleRNN: recurrent,
  SimpleRNNCell: cellOf(recurrent),
  Softmax: {axis: -1},
  SpatialDropout1D: {rate: null, noise_shape: null, seed: null},
  SpatialDropout2D: {rate: null, noise_shape: null, seed: null},
  SpatialDropout3D: {rate: null, noise_shape: null, seed: null},
  Subtract: {},
  ThresholdedReLU: {theta: 1.0},
  TimeDistributed: {layer: null},
  UpSampling1D: {size: 2},
  UpSampling2D: {size: [2, 2], data_format: 'channels_last', interpolation: 'nearest'},
  UpSampling3D: {size: [2, 2, 2], data_format: 'channels_last'},
  ZeroPadding1D: {padding: [1, 1]},
  ZeroPadding2D: {padding: [[1, 1], [1, 1]], data_format: 'channels_last'},
  ZeroPadding3D: {padding: [[1, 1], [1, 1], [1, 1]], data_format: 'channels_last'},
};

/** Keras' short and old names of classes: MaxPool2D, Convolution2D. */
export const withoutAlias = (className) => className.replace('Convolution', 'Conv')
  .replace(/AvgPool(?!ing)/, 'AveragePooling').replace(/MaxPool(?!ing)/, 'MaxPooling');

export function kerasDefaults(alias) {
  const className = withoutAlias(alias);
  if (!(className in table)) throw new Error(`no defaults for ${className}`);
  return {name: undefined, trainable: true, dtype: 'float32', ...table[className]};
}
