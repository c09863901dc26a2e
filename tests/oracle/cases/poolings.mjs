// SPDX-License-Identifier: GPL-3.0-or-later
import {layer} from '../src/keras_json.mjs';
import {around} from './around.mjs';

const snake = (name) => name.replace(/([a-z])([A-Z])/g, '$1_$2').toLowerCase();
const shapes = {1: [7, 2], 2: [5, 6, 2], 3: [3, 4, 3, 1]};
const cases = {};

for (const rank of [1, 2, 3]) {
  for (const kind of ['MaxPooling', 'AveragePooling']) {
    const name = `${kind}${rank}D`;
    const all = (value) => Array(rank).fill(value);
    const one = (about, config) => around(`${name}, ${about}`, shapes[rank], layer(name, config));
    cases[snake(name)] = one('valid', {strides: all(2)});
    cases[`${snake(name)}_same`] = one('same: the padding counts for nothing', {padding: 'same', strides: all(2)});
    cases[`${snake(name)}_overlapping`] = one('window 3, stride 1, same',
      {pool_size: all(3), strides: all(1), padding: 'same'});
  }
  for (const kind of ['GlobalMaxPooling', 'GlobalAveragePooling']) {
    const name = `${kind}${rank}D`;
    cases[snake(name)] = around(name, shapes[rank], layer(name), {flat: true});
  }
}

const first = {data_format: 'channels_first'};
const on2d = (about, name, config, more) => around(about, [2, 4, 5], layer(name, {...first, ...config}), more);

export const poolings = {
  ...cases,
  max_pooling2d_window: around('MaxPooling2D, window (3, 2), strides (1, 2)', [5, 6, 2],
    layer('MaxPooling2D', {pool_size: [3, 2], strides: [1, 2]})),
  max_pooling2d_channels_first:
    on2d('MaxPooling2D, channels first', 'MaxPooling2D', {strides: [2, 2], padding: 'same'}),
  average_pooling2d_channels_first:
    on2d('AveragePooling2D, channels first', 'AveragePooling2D', {strides: [2, 2]}),
  global_average_pooling2d_channels_first:
    on2d('GlobalAveragePooling2D, channels first', 'GlobalAveragePooling2D', {}, {flat: true}),
  global_max_pooling2d_keepdims: around('GlobalMaxPooling2D, keepdims', [3, 3, 2],
    layer('GlobalMaxPooling2D', {keepdims: true})),
  global_average_pooling1d_keepdims: around('GlobalAveragePooling1D, keepdims', [3, 2],
    layer('GlobalAveragePooling1D', {keepdims: true})),
  zero_padding1d: around('ZeroPadding1D', [3, 2], layer('ZeroPadding1D', {padding: [2, 1]})),
  zero_padding2d: around('ZeroPadding2D', [2, 3, 2],
    layer('ZeroPadding2D', {padding: [[1, 0], [2, 1]]})),
  zero_padding2d_channels_first: on2d('ZeroPadding2D, channels first', 'ZeroPadding2D',
    {padding: [[1, 0], [0, 2]]}),
  zero_padding3d: around('ZeroPadding3D', [2, 2, 2, 1],
    layer('ZeroPadding3D', {padding: [[1, 0], [0, 2], [1, 1]]})),
  cropping1d: around('Cropping1D', [5, 2], layer('Cropping1D', {cropping: [1, 2]})),
  cropping2d: around('Cropping2D', [4, 5, 2], layer('Cropping2D', {cropping: [[1, 0], [2, 1]]})),
  cropping2d_channels_first: on2d('Cropping2D, channels first', 'Cropping2D', {cropping: [[1, 1], [0, 2]]}),
  cropping3d: around('Cropping3D', [3, 3, 4, 1], layer('Cropping3D', {cropping: [[1, 0], [0, 1], [2, 1]]})),
  up_sampling1d: around('UpSampling1D', [3, 2], layer('UpSampling1D', {size: 3})),
  up_sampling2d: around('UpSampling2D, nearest', [2, 3, 2], layer('UpSampling2D', {size: [2, 3]})),
  up_sampling2d_channels_first: around('UpSampling2D, channels first', [2, 2, 3],
    layer('UpSampling2D', {size: [2, 2], ...first})),
  up_sampling2d_bilinear: around('UpSampling2D, bilinear', [3, 2, 2],
    layer('UpSampling2D', {size: [2, 3], interpolation: 'bilinear'})),
  up_sampling3d: around('UpSampling3D', [2, 1, 2, 2], layer('UpSampling3D', {size: [2, 3, 1]})),
};
