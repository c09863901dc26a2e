// SPDX-License-Identifier: GPL-3.0-or-later
// Keras' optimizers (2.11 and later, and 3) written out in plain JavaScript and double precision:
// tfjs' own have other places for epsilon, other defaults, and lack options and whole optimizers.
import {learningRate} from './schedules.mjs';

const {sqrt, abs, max} = Math;
const each = (p, update) => { for (let i = 0; i < p.length; ++i) update(i); };

/** name: (options) -> (parameters, gradients, slot, rate, step from 1, options). `slot(name, value)`
 *  is the variable's state of that name, filled with `value` at first. */
const optimizers = {
  sgd(p, g, slot, lr, t, {momentum = 0, nesterov = false}) {
    const v = slot('momentum', 0);
    each(p, (i) => {
      v[i] = momentum * v[i] - lr * g[i];
      p[i] += nesterov ? momentum * v[i] - lr * g[i] : v[i];
    });
  },
  rmsprop(p, g, slot, lr, t, {rho = 0.9, momentum = 0, epsilon = 1e-7, centered = false}) {
    const [v, average, m] = [slot('velocity', 0), slot('average', 0), slot('momentum', 0)];
    each(p, (i) => {
      v[i] = rho * v[i] + (1 - rho) * g[i] ** 2;
      if (centered) average[i] = rho * average[i] + (1 - rho) * g[i];
      m[i] = momentum * m[i] + lr * g[i] / sqrt(v[i] - average[i] ** 2 + epsilon);
      p[i] -= m[i];
    });
  },
  adagrad(p, g, slot, lr, t, {initial_accumulator_value: initial = 0.1, epsilon = 1e-7}) {
    const sum = slot('accumulator', initial);
    each(p, (i) => {
      sum[i] += g[i] ** 2;
      p[i] -= lr * g[i] / sqrt(sum[i] + epsilon);
    });
  },
  adadelta(p, g, slot, lr, t, {rho = 0.95, epsilon = 1e-7}) {
    const [gradients, updates] = [slot('gradients', 0), slot('updates', 0)];
    each(p, (i) => {
      gradients[i] = rho * gradients[i] + (1 - rho) * g[i] ** 2;
      const update = -sqrt(updates[i] + epsilon) / sqrt(gradients[i] + epsilon) * g[i];
      updates[i] = rho * updates[i] + (1 - rho) * update ** 2;
      p[i] += lr * update;
    });
  },
  adam(p, g, slot, lr, t, {beta_1: b1 = 0.9, beta_2: b2 = 0.999, epsilon = 1e-7, amsgrad = false}) {
    const [m, v, top] = [slot('m', 0), slot('v', 0), slot('v_hat', 0)];
    const rate = lr * sqrt(1 - b2 ** t) / (1 - b1 ** t);
    each(p, (i) => {
      m[i] += (g[i] - m[i]) * (1 - b1);
      v[i] += (g[i] ** 2 - v[i]) * (1 - b2);
      top[i] = amsgrad ? max(top[i], v[i]) : v[i];
      p[i] -= rate * m[i] / (sqrt(top[i]) + epsilon);
    });
  },
  adamw(...step) {
    optimizers.adam(...step);
  },
  adamax(p, g, slot, lr, t, {beta_1: b1 = 0.9, beta_2: b2 = 0.999, epsilon = 1e-7}) {
    const [m, u] = [slot('m', 0), slot('u', 0)];
    each(p, (i) => {
      m[i] += (g[i] - m[i]) * (1 - b1);
      u[i] = max(b2 * u[i], abs(g[i]));
      p[i] -= lr * m[i] / ((1 - b1 ** t) * (u[i] + epsilon));
    });
  },
  nadam(p, g, slot, lr, t, {beta_1: b1 = 0.9, beta_2: b2 = 0.999, epsilon = 1e-7}) {
    const [m, v] = [slot('m', 0), slot('v', 0)];
    const u = (step) => b1 * (1 - 0.5 * 0.96 ** step);
    let product = 1;
    for (let step = 1; step <= t; ++step) product *= u(step);
    each(p, (i) => {
      m[i] += (g[i] - m[i]) * (1 - b1);
      v[i] += (g[i] ** 2 - v[i]) * (1 - b2);
      const first = u(t + 1) * m[i] / (1 - product * u(t + 1)) + (1 - u(t)) * g[i] / (1 - product);
      p[i] -= lr * first / (sqrt(v[i] / (1 - b2 ** t)) + epsilon);
    });
  },
  ftrl(p, g, slot, lr, t, c) {
    const {learning_rate_power: power = -0.5, initial_accumulator_value: initial = 0.1, beta = 0,
      l1_regularization_strength: l1 = 0, l2_regularization_strength: l2 = 0,
      l2_shrinkage_regularization_strength: shrinkage = 0} = c;
    const [sum, linear] = [slot('accumulator', initial), slot('linear', 0)];
    each(p, (i) => {
      const next = sum[i] + g[i] ** 2;
      const sigma = (next ** -power - sum[i] ** -power) / lr;
      linear[i] += g[i] + 2 * shrinkage * p[i] - sigma * p[i];
      const quadratic = next ** -power / lr + 2 * (l2 + beta / (2 * lr));
      p[i] = (Math.min(max(linear[i], -l1), l1) - linear[i]) / quadratic;
      sum[i] = next;
    });
  },
};

const defaultDecay = {adamw: 0.004};
const defaultRate = {sgd: 0.01};

const norm = (values) => sqrt(values.reduce((sum, value) => sum + value * value, 0));
const scaled = (values, factor) => values.map((value) => value * factor);

function clipped(gradients, {clipvalue, clipnorm, global_clipnorm: global}) {
  if (clipnorm) return gradients.map((g) => scaled(g, clipnorm / max(norm(g), clipnorm)));
  if (global) {
    const total = norm(gradients.map(norm));
    return gradients.map((g) => scaled(g, global / max(total, global)));
  }
  if (clipvalue) return gradients.map((g) => g.map((v) => max(-clipvalue, Math.min(clipvalue, v))));
  return gradients;
}

/** Keras' optimizer by {name, learning_rate, ...}: a function that changes lists of numbers in place. */
export function makeOptimizer(config) {
  const {name, learning_rate: rate = defaultRate[config.name] ?? 0.001, ...options} = config;
  const update = optimizers[name];
  if (!update) throw new Error(`no optimizer ${name}`);
  const decay = options.weight_decay ?? defaultDecay[name] ?? 0;
  const slots = new Map();
  let steps = 0;
  return (parameters, gradients) => {
    const lr = learningRate(rate, steps++);
    clipped(gradients, options).forEach((g, index) => {
      const p = parameters[index];
      if (decay) each(p, (i) => { p[i] -= p[i] * decay * lr; });
      const slot = (key, value) => {
        const id = `${index} ${key}`;
        if (!slots.has(id)) slots.set(id, Array(p.length).fill(value));
        return slots.get(id);
      };
      update(p, g, slot, lr, steps, options);
    });
  };
}
