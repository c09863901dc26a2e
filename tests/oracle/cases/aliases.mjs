// SPDX-License-Identifier: GPL-3.0-or-later
// The short and the old names of classes.
import {layer} from '../src/keras_json.mjs';
import {around} from './around.mjs';

const shapes = {1: [8, 2], 2: [6, 6, 1], 3: [4, 4, 4, 1]};
const flat = {flat: true};

function ofRank(rank) {
  const all = (value) => Array(rank).fill(value);
  const kernel = {kernel_size: all(2), filters: 2};
  const named = (name, config) => layer(`${name}${rank}D`, config);
  const first = [layer(`Convolution${rank}D`, kernel), named('MaxPool', {strides: all(1)}), named('GlobalAvgPool', {})];
  const second = [layer(`Convolution${rank}DTranspose`, {...kernel, filters: 1}), named('AvgPool', {strides: all(2)}),
    ...(rank < 3 ? [named('SeparableConvolution', kernel)] : []), named('GlobalMaxPool', {})];
  return [around(`other names in ${rank}D`, shapes[rank], first, flat),
    around(`more other names in ${rank}D`, shapes[rank], second, flat)];
}

export const aliases = Object.fromEntries([1, 2, 3].flatMap((rank) =>
  ofRank(rank).map((definition, index) => [`alias_${index + 1}_${rank}d`, definition])));
