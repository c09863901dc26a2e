// SPDX-License-Identifier: GPL-3.0-or-later
import {layer, sequential} from '../src/keras_json.mjs';

const model = sequential([3], [
  layer('Dense', {units: 4, activation: 'tanh'}), layer('Dense', {units: 2}),
]);

/** Five steps of an optimizer on a small regression. */
const with_ = (name, options = {}) => ({
  about: `${name} ${JSON.stringify(options)}`,
  model,
  inputs: [{shape: [4, 3]}],
  training: {optimizer: {name, ...options}, targets: [{shape: [4, 2], range: [-2, 2]}]},
});

const scheduled = (className, config) =>
  with_('sgd', {learning_rate: {class_name: className, config}});

export const optimizers = {
  sgd: with_('sgd'),
  sgd_momentum: with_('sgd', {learning_rate: 0.05, momentum: 0.9}),
  sgd_nesterov: with_('sgd', {learning_rate: 0.05, momentum: 0.9, nesterov: true}),
  sgd_clipnorm: with_('sgd', {learning_rate: 0.1, clipnorm: 0.2}),
  sgd_clipvalue: with_('sgd', {learning_rate: 0.1, clipvalue: 0.05}),
  sgd_global_clipnorm: with_('sgd', {learning_rate: 0.1, global_clipnorm: 0.3}),
  sgd_weight_decay: with_('sgd', {learning_rate: 0.1, momentum: 0.5, weight_decay: 0.02}),
  rmsprop: with_('rmsprop'),
  rmsprop_momentum: with_('rmsprop', {learning_rate: 0.01, rho: 0.8, momentum: 0.7}),
  rmsprop_centered: with_('rmsprop', {learning_rate: 0.01, centered: true}),
  rmsprop_centered_momentum:
    with_('rmsprop', {learning_rate: 0.01, centered: true, momentum: 0.5, epsilon: 1e-5}),
  adagrad: with_('adagrad', {learning_rate: 0.1}),
  adagrad_initial: with_('adagrad', {learning_rate: 0.1, initial_accumulator_value: 0.5, epsilon: 1e-3}),
  adadelta: with_('adadelta', {learning_rate: 1.0}),
  adadelta_rho: with_('adadelta', {learning_rate: 0.5, rho: 0.9, epsilon: 1e-4}),
  adam: with_('adam'),
  adam_options: with_('adam', {learning_rate: 0.02, beta_1: 0.8, beta_2: 0.95, epsilon: 1e-3}),
  adam_amsgrad: with_('adam', {learning_rate: 0.1, beta_2: 0.6, amsgrad: true}),
  adam_clipnorm: with_('adam', {learning_rate: 0.02, clipnorm: 0.1}),
  adamw: with_('adamw', {learning_rate: 0.02}),
  adamw_weight_decay: with_('adamw', {learning_rate: 0.02, weight_decay: 0.1}),
  adamax: with_('adamax', {learning_rate: 0.02}),
  adamax_options: with_('adamax', {learning_rate: 0.02, beta_1: 0.7, beta_2: 0.9, epsilon: 1e-3}),
  nadam: with_('nadam', {learning_rate: 0.02}),
  nadam_options: with_('nadam', {learning_rate: 0.02, beta_1: 0.8, beta_2: 0.95, epsilon: 1e-4}),
  ftrl: with_('ftrl', {learning_rate: 0.1}),
  ftrl_regularized: with_('ftrl', {learning_rate: 0.1, l1_regularization_strength: 0.01,
    l2_regularization_strength: 0.02, l2_shrinkage_regularization_strength: 0.03, beta: 0.1}),
  ftrl_power: with_('ftrl', {learning_rate: 0.1, learning_rate_power: -0.7, initial_accumulator_value: 0.2}),
  exponential_decay: scheduled('ExponentialDecay',
    {initial_learning_rate: 0.2, decay_steps: 2, decay_rate: 0.5, staircase: false}),
  exponential_decay_staircase: scheduled('ExponentialDecay',
    {initial_learning_rate: 0.2, decay_steps: 2, decay_rate: 0.5, staircase: true}),
  piecewise_constant_decay: scheduled('PiecewiseConstantDecay',
    {boundaries: [1, 3], values: [0.2, 0.1, 0.02]}),
  polynomial_decay: scheduled('PolynomialDecay',
    {initial_learning_rate: 0.2, decay_steps: 3, end_learning_rate: 0.01, power: 2.0, cycle: false}),
  polynomial_decay_cycle: scheduled('PolynomialDecay',
    {initial_learning_rate: 0.2, decay_steps: 2, end_learning_rate: 0.01, power: 1.0, cycle: true}),
  inverse_time_decay: scheduled('InverseTimeDecay',
    {initial_learning_rate: 0.2, decay_steps: 2, decay_rate: 0.5, staircase: false}),
  inverse_time_decay_staircase: scheduled('InverseTimeDecay',
    {initial_learning_rate: 0.2, decay_steps: 2, decay_rate: 0.5, staircase: true}),
  cosine_decay: scheduled('CosineDecay', {initial_learning_rate: 0.2, decay_steps: 4, alpha: 0.1,
    warmup_target: null, warmup_steps: 0}),
  cosine_decay_restarts: scheduled('CosineDecayRestarts',
    {initial_learning_rate: 0.2, first_decay_steps: 2, t_mul: 2.0, m_mul: 0.5, alpha: 0.1}),
  cosine_decay_warmup: scheduled('CosineDecay', {initial_learning_rate: 0.01, decay_steps: 3, alpha: 0.0,
    warmup_target: 0.2, warmup_steps: 2}),
};
