// SPDX-License-Identifier: GPL-3.0-or-later
import {layer} from '../src/keras_json.mjs';
import {alone, around, dense} from './around.mjs';
import {merges} from './merges.mjs';

const flat = {flat: true};
const wide = {range: [-4, 4]};
const bn = (config) => layer('BatchNormalization', config);
const ln = (config) => layer('LayerNormalization', config);
const inference = (about, spec, shape = [4, 3]) => alone(`${about} changes nothing in a prediction`, shape, spec);

export const layers = {
  ...merges,
  dense: around('Dense twice', [4], dense(3, {activation: 'tanh'}), flat),
  dense_without_bias: around('Dense without a bias', [4], dense(3, {use_bias: false}), flat),
  dense_on_sequences: around('Dense on the last axis of three', [3, 4], dense(2, {activation: 'relu'})),
  activation: around('Activation', [4], layer('Activation', {activation: 'tanh'}), flat),
  dropout: inference('Dropout', layer('Dropout', {rate: 0.5})),
  spatial_dropout1d: inference('SpatialDropout1D', layer('SpatialDropout1D', {rate: 0.5})),
  spatial_dropout2d: inference('SpatialDropout2D', layer('SpatialDropout2D', {rate: 0.5}), [3, 2, 2]),
  spatial_dropout3d: inference('SpatialDropout3D', layer('SpatialDropout3D', {rate: 0.5}), [2, 2, 1, 2]),
  alpha_dropout: inference('AlphaDropout', layer('AlphaDropout', {rate: 0.5})),
  gaussian_noise: inference('GaussianNoise', layer('GaussianNoise', {stddev: 0.5})),
  gaussian_dropout: inference('GaussianDropout', layer('GaussianDropout', {rate: 0.5})),
  flatten: alone('Flatten', [2, 3, 2], layer('Flatten')),
  flatten_channels_first: around('Flatten puts the channels last', [2, 3, 2],
    layer('Flatten', {data_format: 'channels_first'}), flat),
  reshape: alone('Reshape', [4, 3], layer('Reshape', {target_shape: [2, 6]})),
  reshape_rest: alone('Reshape with -1', [4, 3], layer('Reshape', {target_shape: [2, -1, 3]})),
  permute: around('Permute', [2, 3, 4], layer('Permute', {dims: [3, 1, 2]})),
  repeat_vector: around('RepeatVector', [3], layer('RepeatVector', {n: 4})),
  masking: alone('Masking: masked steps become zeros', [3, 2], layer('Masking', {mask_value: 0.5}),
    {values: [0.5, 0.5, 1, 0.5, 0.25, -1, -2, 0.5, 0.5, 0.5, 3, 1]}),

  batch_normalization: around('BatchNormalization of features', [4], bn({axis: [1], momentum: 0.9}), {...flat, batch: 6}),
  batch_normalization_3d: around('BatchNormalization of sequences', [3, 2], bn({axis: [2], momentum: 0.9})),
  batch_normalization_4d: around('BatchNormalization of images', [3, 2, 2], bn({axis: [3], momentum: 0.8, epsilon: 0.01})),
  batch_normalization_axis1: around('BatchNormalization, channels first', [2, 3, 2], bn({axis: [1], momentum: 0.8})),
  batch_normalization_unscaled:
    around('BatchNormalization without gamma', [3], bn({axis: [1], scale: false}), {...flat, batch: 6}),
  batch_normalization_uncentered:
    around('BatchNormalization without beta', [3], bn({axis: [1], center: false}), {...flat, batch: 6}),
  batch_normalization_predicts: alone('BatchNormalization in a prediction', [2, 2, 3], bn({axis: [3]})),
  layer_normalization: around('LayerNormalization of features', [5], ln({axis: [1]}), flat),
  layer_normalization_3d: around('LayerNormalization of sequences', [3, 4], ln({axis: [2], epsilon: 1e-5})),
  layer_normalization_axes: around('LayerNormalization over two axes', [3, 4], ln({axis: [1, 2]})),
  layer_normalization_unscaled: around('LayerNormalization without gamma', [5], ln({axis: [1], scale: false}), flat),
  layer_normalization_uncentered: around('LayerNormalization without beta', [5], ln({axis: [1], center: false}), flat),

  relu: around('ReLU', [4], layer('ReLU'), flat),
  relu_max: around('ReLU, max_value', [6], layer('ReLU', {max_value: 0.5}), flat),
  relu_slope: around('ReLU, negative_slope', [6], layer('ReLU', {negative_slope: 0.2}), flat),
  relu_threshold: around('ReLU, all of it', [8],
    layer('ReLU', {max_value: 0.8, negative_slope: 0.1, threshold: 0.2}), flat),
  relu_threshold_predicts: alone('ReLU, all of it, on a wide range', [8],
    layer('ReLU', {max_value: 2, negative_slope: 0.1, threshold: 0.5}), wide),
  leaky_relu: around('LeakyReLU', [6], layer('LeakyReLU'), flat),
  leaky_relu_alpha: around('LeakyReLU, alpha 0.1', [6], layer('LeakyReLU', {alpha: 0.1}), flat),
  prelu: around('PReLU', [2, 4], layer('PReLU')),
  prelu_shared: around('PReLU, one slope a channel', [3, 2, 2], layer('PReLU', {shared_axes: [1, 2]})),
  elu: around('ELU', [6], layer('ELU'), flat),
  elu_alpha: around('ELU, alpha 0.5', [6], layer('ELU', {alpha: 0.5}), flat),
  thresholded_relu: around('ThresholdedReLU', [8], layer('ThresholdedReLU', {theta: 0.4}), flat),
  softmax: around('Softmax', [4], layer('Softmax'), flat),
  softmax_axis: around('Softmax over the first axis', [3, 4], layer('Softmax', {axis: 1})),

  rescaling: around('Rescaling', [4], layer('Rescaling', {scale: 0.5, offset: -1}), flat),
  rescaling_channels: around('Rescaling, one factor a channel', [2, 3],
    layer('Rescaling', {scale: [0.5, 2, 1], offset: [0, -1, 0.25]})),
  normalization: around('Normalization of features', [3],
    layer('Normalization', {axis: [1], mean: [1, -1, 0.5], variance: [4, 0.25, 1]}), flat),
  normalization_inverted: around('Normalization, back', [3],
    layer('Normalization', {axis: [1], mean: [1, -1, 0.5], variance: [4, 0.25, 1], invert: true}), flat),
  normalization_adapted: {...around('Normalization with what adapt() has left', [3],
    layer('Normalization', {axis: [1]}), flat), weights: {count: [17]}},
  normalization_scalar: around('Normalization, one mean for all', [2, 3],
    layer('Normalization', {axis: null, mean: 0.5, variance: 2})),
};
