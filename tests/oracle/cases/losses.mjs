// SPDX-License-Identifier: GPL-3.0-or-later
import {layer, sequential} from '../src/keras_json.mjs';

const kBatch = 4;

/** A dense layer that ends in `activation`, under `loss`. */
function under(loss, {activation = 'linear', units = 3, targets = {}, about, ...more} = {}) {
  const name = typeof loss === 'string' ? loss : JSON.stringify(loss);
  return {
    about: about ?? `${name} of ${units} outputs after ${activation}`,
    model: sequential([4], [layer('Dense', {units: 5, activation: 'tanh'}), layer('Dense', {units, activation})]),
    inputs: [{shape: [kBatch, 4], range: [-2, 2]}],
    training: {loss, targets: [{shape: [kBatch, units], ...targets}], ...more},
  };
}

const oneHot = {targets: {oneHot: true}};
const classes = {targets: {shape: [kBatch, 1], classes: 3}};
const bits = {targets: {labels: [0, 1]}};
const signs = {targets: {labels: [-1, 1]}};
const positive = {targets: {range: [0.1, 2]}};
const crossentropy = (name, options) => ({name, ...options});
const distribution = {shape: [kBatch, 3], values: [0.2, 0.5, 0.3, 0.7, 0.2, 0.1, 0, 1, 0, 0.25, 0.25, 0.5]};

export const losses = {
  categorical_crossentropy: under('categorical_crossentropy', {activation: 'softmax', ...oneHot}),
  categorical_crossentropy_of_sigmoid:
    under('categorical_crossentropy', {activation: 'sigmoid', ...oneHot}),
  categorical_crossentropy_from_logits:
    under(crossentropy('categorical_crossentropy', {from_logits: true}), oneHot),
  categorical_crossentropy_smoothed: under(
    crossentropy('categorical_crossentropy', {label_smoothing: 0.1}), {activation: 'softmax', ...oneHot}),
  categorical_crossentropy_smoothed_from_logits: under(
    crossentropy('categorical_crossentropy', {from_logits: true, label_smoothing: 0.2}), oneHot),
  categorical_crossentropy_of_a_distribution:
    under('categorical_crossentropy', {activation: 'softmax', targets: distribution}),
  sparse_categorical_crossentropy:
    under('sparse_categorical_crossentropy', {activation: 'softmax', ...classes}),
  sparse_categorical_crossentropy_from_logits:
    under(crossentropy('sparse_categorical_crossentropy', {from_logits: true}), classes),
  binary_crossentropy: under('binary_crossentropy', {activation: 'sigmoid', ...bits}),
  binary_crossentropy_of_one_output: under('binary_crossentropy', {activation: 'sigmoid', units: 1, ...bits}),
  binary_crossentropy_of_softmax: under('binary_crossentropy', {activation: 'softmax', ...oneHot}),
  binary_crossentropy_from_logits: under(crossentropy('binary_crossentropy', {from_logits: true}), bits),
  binary_crossentropy_smoothed: under(
    crossentropy('binary_crossentropy', {label_smoothing: 0.1}), {activation: 'sigmoid', ...bits}),
  binary_crossentropy_smoothed_from_logits: under(
    crossentropy('binary_crossentropy', {from_logits: true, label_smoothing: 0.3}), bits),
  mean_squared_error: under('mean_squared_error'),
  mean_absolute_error: under('mean_absolute_error'),
  mean_absolute_percentage_error:
    under('mean_absolute_percentage_error', {...positive, optimizer: {name: 'sgd', learning_rate: 0.001}}),
  mean_squared_logarithmic_error:
    under('mean_squared_logarithmic_error', {activation: 'softplus', ...positive}),
  hinge: under('hinge', signs),
  hinge_of_bits: under('hinge', {...bits, about: 'hinge: labels 0 and 1 mean -1 and 1'}),
  squared_hinge: under('squared_hinge', signs),
  categorical_hinge: under('categorical_hinge', oneHot),
  kl_divergence: under('kl_divergence', {activation: 'softmax', targets: distribution}),
  poisson: under('poisson', {activation: 'softplus', ...positive}),
  cosine_similarity: under('cosine_similarity'),
  huber: under('huber', {targets: {range: [-3, 3]}}),
  huber_delta: under({name: 'huber', delta: 0.4}),
  log_cosh: under('log_cosh', {targets: {range: [-3, 3]}}),
  sample_weights: under('mean_squared_error', {
    about: 'sample weights: the weighted losses\' sum, divided by the number of samples',
    sample_weights: [0.5, 2, 0, 1.25],
  }),
  sample_weights_of_classes: under('sparse_categorical_crossentropy', {
    activation: 'softmax', ...classes, sample_weights: [1, 0.25, 3, 0.5], about: 'weighted classes',
  }),
};
