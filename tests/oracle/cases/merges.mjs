// SPDX-License-Identifier: GPL-3.0-or-later
// Layers of several inputs.
import {Graph, layer} from '../src/keras_json.mjs';
import {sizeOf} from '../src/prng.mjs';
import {dense} from './around.mjs';

/** `spec` of branches of these shapes, each behind a dense layer; then Flatten and Dense. */
function merged(about, shapes, spec, {flat = false, call} = {}) {
  const graph = new Graph();
  const inputs = shapes.map((_, index) => graph.input(`input_${index + 1}`, [2]));
  const branches = inputs.map((input, index) => {
    const y = graph.call(dense(sizeOf(shapes[index])), input);
    return shapes[index].length === 1 ? y
      : graph.call(layer('Reshape', {target_shape: shapes[index]}), y);
  });
  const joined = call ? call(graph, branches) : graph.call(spec, branches);
  const end = graph.call(dense(2), flat ? joined : graph.call(layer('Flatten'), joined));
  return {
    about, model: graph.model(inputs, [end]), inputs: shapes.map(() => ({shape: [3, 2]})),
    training: {optimizer: {name: 'sgd', learning_rate: 0.05}},
  };
}

const flat = {flat: true};
const three = [[3], [3], [3]];
const two = [[3], [3]];
const attention = (config) => layer('MultiHeadAttention', {num_heads: 2, key_dim: 3, ...config});
const attend = (spec) => ({call: (graph, [query, value = query, key]) =>
  graph.call(spec, query, key ? {value, key} : {value})});

export const merges = {
  add: merged('Add of three', three, layer('Add'), flat),
  subtract: merged('Subtract', two, layer('Subtract'), flat),
  multiply: merged('Multiply of three', three, layer('Multiply'), flat),
  average: merged('Average of three', three, layer('Average'), flat),
  maximum: merged('Maximum of three', three, layer('Maximum'), flat),
  minimum: merged('Minimum of three', three, layer('Minimum'), flat),
  concatenate: merged('Concatenate', [[3], [2], [1]], layer('Concatenate'), flat),
  concatenate_axis: merged('Concatenate along time', [[2, 3], [1, 3]], layer('Concatenate', {axis: 1})),
  dot: merged('Dot of vectors', two, layer('Dot', {axes: 1}), flat),
  dot_normalized: merged('Dot, normalized: the cosine', two, layer('Dot', {axes: -1, normalize: true}), flat),
  dot_matrices: merged('Dot of matrices, axes (2, 1)', [[2, 3], [3, 4]], layer('Dot', {axes: [2, 1]})),
  dot_matrices_last: merged('Dot of matrices, axes (2, 2)', [[2, 3], [4, 3]], layer('Dot', {axes: [2, 2]})),
  attention: merged('Attention', [[2, 3], [4, 3]], layer('Attention')),
  attention_scale: merged('Attention with a scale and a key', [[2, 3], [4, 2], [4, 3]],
    layer('Attention', {use_scale: true})),
  attention_concat: merged('Attention, concat, with a scale', [[2, 3], [4, 3]],
    layer('Attention', {use_scale: true, score_mode: 'concat'})),
  additive_attention: merged('AdditiveAttention', [[2, 3], [4, 3]], layer('AdditiveAttention')),
  additive_attention_key: merged('AdditiveAttention with a key, without a scale', [[2, 3], [4, 2], [4, 3]],
    layer('AdditiveAttention', {use_scale: false})),
  multi_head_attention: merged('self-attention', [[3, 4]], null, attend(
    attention({query_shape: [null, 3, 4], key_shape: [null, 3, 4], value_shape: [null, 3, 4]}))),
  multi_head_attention_cross: merged('query and value of different lengths and widths', [[2, 4], [3, 5]], null,
    attend(attention({value_dim: 2, query_shape: [null, 2, 4], key_shape: [null, 3, 5], value_shape: [null, 3, 5]}))),
  multi_head_attention_key: merged('query, value and key; no bias; output_shape', [[2, 4], [3, 2], [3, 5]], null,
    attend(attention({use_bias: false, output_shape: [3], query_shape: [null, 2, 4], key_shape: [null, 3, 5],
      value_shape: [null, 3, 2]}))),
};
