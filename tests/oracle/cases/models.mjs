// SPDX-License-Identifier: GPL-3.0-or-later
// Whole models: graphs, nesting, sharing, masks, regularizers, constraints, frozen layers.
import {Graph, layer, nested, sequential} from '../src/keras_json.mjs';
import {dense} from './around.mjs';

const sgd = (rate) => ({name: 'sgd', learning_rate: rate});
const classes = (batch, count) => ({loss: 'categorical_crossentropy',
  targets: [{shape: [batch, count], oneHot: true}]});
const conv = (filters, config = {}) => layer('Conv2D', {filters, kernel_size: [3, 3], ...config});
const relu = {activation: 'relu'};
const class_ = (name, config = {}) => ({class_name: name, config});

function twoInputsTwoOutputs() {
  const graph = new Graph();
  const a = graph.input('a', [3]);
  const b = graph.input('b', [2]);
  const joined = graph.call(layer('Concatenate'), [graph.call(dense(4, {activation: 'tanh'}), a), b]);
  const hidden = graph.call(dense(5, relu), joined);
  const number = graph.call(dense(1, {name: 'number'}), hidden);
  const kind = graph.call(dense(3, {name: 'kind', activation: 'softmax'}), graph.call(layer('Add'),
    [hidden, graph.call(dense(5), b)]));
  return graph.model([a, b], [number, kind]);
}

/** Two inputs through the same inner model: their distance. */
function siamese() {
  const inner = new Graph();
  const x = inner.input('x', [4]);
  const twin = nested(inner.model([x], [inner.call(dense(3, {activation: 'tanh'}), inner.call(dense(4, relu), x))], 'twin'));
  const graph = new Graph();
  const [left, right] = [graph.input('left', [4]), graph.input('right', [4])];
  const sides = [graph.call(twin, left), graph.call(twin, right)];
  const product = graph.call(layer('Multiply'), sides);
  return graph.model([left, right], [graph.call(dense(1, {activation: 'sigmoid'}), product)]);
}

function sharedLayer() {
  const graph = new Graph();
  const x = graph.input('x', [3]);
  const shared = dense(3, {activation: 'tanh', name: 'shared'});
  const once = graph.call(shared, x);
  const twice = graph.call(shared, once);
  return graph.model([x], [graph.call(dense(2), graph.call(layer('Add'), [once, twice]))]);
}

function nestedSequential() {
  const inner = nested(sequential([4], [dense(5, relu), layer('BatchNormalization', {axis: [1], momentum: 0.8}),
    dense(3)], 'inner'));
  const graph = new Graph();
  const x = graph.input('x', [4]);
  return graph.model([x], [graph.call(dense(2), graph.call(layer('ReLU'), graph.call(inner, x)))]);
}

/** Deeper layers are written first in the graph's order, whatever the order of the calls. */
function branches() {
  const graph = new Graph();
  const x = graph.input('x', [3]);
  const short = graph.call(dense(4, {name: 'short'}), x);
  const long = graph.call(dense(4, {name: 'long_2', activation: 'tanh'}),
    graph.call(dense(2, {name: 'long_1', activation: 'tanh'}), x));
  return graph.model([x], [graph.call(dense(2, {name: 'end'}), graph.call(layer('Average'), [short, long]))]);
}

function residual() {
  const graph = new Graph();
  const norm = (x) => graph.call(layer('BatchNormalization', {axis: [3], momentum: 0.9}), x);
  const activated = (x) => graph.call(layer('Activation', {activation: 'relu'}), x);
  const x = graph.input('image', [4, 4, 2]);
  const start = activated(norm(graph.call(conv(3, {padding: 'same', use_bias: false}), x)));
  const middle = activated(norm(graph.call(conv(3, {padding: 'same', use_bias: false}), start)));
  const inner = norm(graph.call(conv(3, {padding: 'same', use_bias: false}), middle));
  const sum = activated(graph.call(layer('Add'), [inner, start]));
  const pooled = graph.call(layer('GlobalAveragePooling2D'), sum);
  return graph.model([x], [graph.call(dense(3, {activation: 'softmax'}), pooled)]);
}

function transformer() {
  const graph = new Graph();
  const x = graph.input('tokens', [4]);
  const size = [null, 4, 6];
  const embedded = graph.call(layer('Embedding', {input_dim: 8, output_dim: 6}), x);
  const attention = graph.call(layer('MultiHeadAttention',
    {num_heads: 2, key_dim: 3, query_shape: size, key_shape: size, value_shape: size}), embedded, {value: embedded});
  const norm = (a, b) => graph.call(layer('LayerNormalization', {axis: [2], epsilon: 1e-6}),
    graph.call(layer('Add'), [a, b]));
  const first = norm(embedded, attention);
  const second = norm(first, graph.call(dense(6), graph.call(dense(8, {activation: 'gelu'}), first)));
  const pooled = graph.call(layer('GlobalAveragePooling1D'), second);
  return graph.model([x], [graph.call(dense(3, {activation: 'softmax'}), pooled)]);
}

/** A sentence's tokens with padding: attention looks at none of it, and the mean leaves it out. */
function maskedAttention() {
  const graph = new Graph();
  const x = graph.input('tokens', [5]);
  const size = [null, 5, 4];
  const embedded = graph.call(layer('Embedding', {input_dim: 7, output_dim: 4, mask_zero: true}), x);
  const attention = graph.call(layer('MultiHeadAttention',
    {num_heads: 2, key_dim: 2, query_shape: size, key_shape: size, value_shape: size}), embedded, {value: embedded});
  return graph.model([x], [graph.call(dense(2), graph.call(layer('GlobalAveragePooling1D'), attention))]);
}

const regression = (about, list, training = {}) => ({
  about, model: sequential([4], list), inputs: [{shape: [3, 4]}], training: {optimizer: sgd(0.1), ...training},
});
const tokens = {shape: [4, 5], values: [3, 1, 4, 0, 0, 2, 6, 0, 0, 0, 5, 1, 2, 3, 4, 6, 5, 4, 0, 0]};

const cases = {
  mlp: {
    about: 'dist-keras\' MNIST perceptron, in small',
    model: sequential([12], [dense(8, relu), layer('Dropout', {rate: 0.0}), dense(6, relu),
      dense(4, {activation: 'softmax'})]),
    inputs: [{shape: [4, 12], range: [0, 1]}],
    training: classes(4, 4),
  },
  cnn: {
    about: 'dist-keras\' MNIST convolution network, in small',
    model: sequential([36], [layer('Reshape', {target_shape: [6, 6, 1]}), conv(2), layer('Activation', {activation: 'relu'}),
      conv(2), layer('Activation', {activation: 'relu'}), layer('MaxPooling2D', {strides: [2, 2]}), layer('Flatten'),
      dense(5, relu), dense(3), layer('Activation', {activation: 'softmax'})]),
    inputs: [{shape: [3, 36], range: [0, 1]}],
    training: classes(3, 3),
  },
  two_inputs_two_outputs: {
    about: 'two losses with loss_weights',
    model: twoInputsTwoOutputs(),
    inputs: [{shape: [4, 3]}, {shape: [4, 2]}],
    training: {optimizer: sgd(0.1), loss: ['mean_squared_error', 'categorical_crossentropy'], loss_weights: [0.5, 2],
      targets: [{shape: [4, 1]}, {shape: [4, 3], oneHot: true}]},
  },
  siamese: {
    about: 'a nested model that is called twice',
    model: siamese(), inputs: [{shape: [4, 4]}, {shape: [4, 4]}],
    training: {optimizer: sgd(0.1), loss: 'binary_crossentropy', targets: [{shape: [4, 1], labels: [0, 1]}]},
  },
  shared_layer: {about: 'a layer on its own output', model: sharedLayer(), inputs: [{shape: [3, 3]}], training: {}},
  nested_sequential: {about: 'a Sequential with BatchNormalization inside of a functional model',
    model: nestedSequential(), inputs: [{shape: [5, 4]}], training: {optimizer: sgd(0.05)}},
  nested_in_sequential: {
    about: 'a Sequential inside of a Sequential',
    model: sequential([4], [nested(sequential([4], [dense(3, {activation: 'tanh'}), dense(3)], 'inner')), dense(2)]),
    inputs: [{shape: [3, 4]}], training: {},
  },
  branches: {about: 'branches of different lengths', model: branches(), inputs: [{shape: [3, 3]}], training: {}},
  residual: {about: 'a block of a ResNet with BatchNormalization', model: residual(),
    inputs: [{shape: [3, 4, 4, 2]}], training: {optimizer: sgd(0.05), ...classes(3, 3)}},
  transformer: {about: 'a transformer\'s encoder block', model: transformer(),
    inputs: [{shape: [3, 4], classes: 8}], training: {optimizer: sgd(0.05), ...classes(3, 3)}},
  masked_attention: {about: 'attention and a mean over tokens with padding', model: maskedAttention(),
    inputs: [tokens], training: {optimizer: sgd(0.05)}},
  lstm_classifier: {
    about: 'tokens with padding, embedding, LSTM, one output',
    model: sequential([5], [layer('Embedding', {input_dim: 7, output_dim: 4, mask_zero: true}),
      layer('LSTM', {units: 4}), dense(1, {activation: 'sigmoid'})]),
    inputs: [tokens],
    training: {optimizer: {name: 'adam', learning_rate: 0.01}, loss: 'binary_crossentropy',
      targets: [{shape: [4, 1], values: [1, 0, 1, 0]}]},
  },
  adam_cnn: {
    about: 'a convolution network under Adam with sparse labels',
    model: sequential([5, 5, 1], [conv(3, relu), layer('BatchNormalization', {axis: [3], momentum: 0.9}), layer('Flatten'),
      dense(3, {activation: 'softmax'})]),
    inputs: [{shape: [4, 5, 5, 1]}],
    training: {optimizer: {name: 'adam', learning_rate: 0.01}, loss: 'sparse_categorical_crossentropy',
      targets: [{shape: [4, 1], classes: 3}]},
  },
  autoencoder: {
    about: 'images out: a loss over positions and channels',
    model: sequential([4, 4, 1], [conv(2, {...relu, padding: 'same', strides: [2, 2]}),
      layer('Conv2DTranspose', {filters: 1, kernel_size: [3, 3], padding: 'same', strides: [2, 2]})]),
    inputs: [{shape: [3, 4, 4, 1]}], training: {optimizer: sgd(0.1)},
  },
  sequence_classes: {
    about: 'a class at each step: the mean is over samples and steps',
    model: sequential([4, 2], [layer('GRU', {units: 3, return_sequences: true}), dense(3, {activation: 'softmax'})]),
    inputs: [{shape: [3, 4, 2]}],
    training: {optimizer: sgd(0.2), loss: 'sparse_categorical_crossentropy', targets: [{shape: [3, 4, 1], classes: 3}]},
  },
  regularizer_l1: regression('L1 on a kernel', [
    dense(3, {kernel_regularizer: class_('L1', {l1: 0.05})}), dense(2)]),
  regularizer_l2: regression('L2 on a kernel and a bias', [
    dense(3, {kernel_regularizer: class_('L2', {l2: 0.05}), bias_regularizer: class_('L2', {l2: 0.1})}), dense(2)]),
  regularizer_l1_l2: regression('L1 and L2, on two layers', [
    dense(3, {kernel_regularizer: class_('L1L2', {l1: 0.02, l2: 0.03})}),
    dense(2, {kernel_regularizer: class_('L1L2', {l1: 0, l2: 0.1})})]),
  regularizer_recurrent: {
    about: 'L2 on an LSTM\'s kernels',
    model: sequential([3, 2], [layer('LSTM', {units: 2, kernel_regularizer: class_('L2', {l2: 0.05}),
      recurrent_regularizer: class_('L2', {l2: 0.1})}), dense(2)]),
    inputs: [{shape: [3, 3, 2]}], training: {},
  },
  constraint_max_norm: regression('max_norm on each unit\'s weights', [
    dense(3, {kernel_constraint: class_('MaxNorm', {max_value: 0.7, axis: 0})}), dense(2)]),
  constraint_max_norm_axis: regression('max_norm along the other axis', [
    dense(3, {kernel_constraint: class_('MaxNorm', {max_value: 0.5, axis: 1})}), dense(2)]),
  constraint_non_neg: regression('non_neg on a kernel and a bias', [
    dense(3, {kernel_constraint: class_('NonNeg'), bias_constraint: class_('NonNeg')}), dense(2)]),
  constraint_unit_norm: regression('unit_norm on a kernel', [
    dense(3, {kernel_constraint: class_('UnitNorm', {axis: 0})}), dense(2)]),
  constraint_min_max_norm: regression('min_max_norm, half of the way', [
    dense(3, {kernel_constraint: class_('MinMaxNorm', {min_value: 0.4, max_value: 0.8, rate: 0.5, axis: 0})}), dense(2)]),
  constraint_conv: {
    about: 'max_norm on a filter: axes 0, 1 and 2',
    model: sequential([4, 4, 2], [conv(2, {kernel_constraint: class_('MaxNorm', {max_value: 0.8, axis: [0, 1, 2]})}),
      layer('Flatten'), dense(2)]),
    inputs: [{shape: [3, 4, 4, 2]}], training: {optimizer: sgd(0.05)},
  },
  frozen_dense: regression('a frozen layer between trained ones', [
    dense(3, {activation: 'tanh'}), dense(3, {trainable: false, activation: 'tanh'}), dense(2)]),
  frozen_first: regression('frozen from the start on', [
    dense(3, {trainable: false, activation: 'tanh'}), dense(2)], {optimizer: {name: 'adam', learning_rate: 0.05}}),
  frozen_batch_normalization: regression('frozen, BatchNormalization runs as in a prediction', [
    dense(3), layer('BatchNormalization', {axis: [1], trainable: false}), dense(2)]),
  global_clipnorm: regression('one norm over all gradients', [dense(3, {activation: 'tanh'}), dense(2)],
    {optimizer: {name: 'sgd', learning_rate: 0.2, global_clipnorm: 0.1}}),
};

/** The same again as Keras 3 writes it. */
const modern = ['mlp', 'cnn', 'two_inputs_two_outputs', 'shared_layer', 'residual', 'transformer', 'lstm_classifier',
  'regularizer_l1_l2', 'constraint_max_norm'];

export const models = {
  ...cases,
  ...Object.fromEntries(modern.map((name) => [`${name}_keras3`,
    {...cases[name], about: `${cases[name].about}; in Keras 3's JSON`, keras3: true}])),
};
