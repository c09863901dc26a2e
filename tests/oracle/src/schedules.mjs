// SPDX-License-Identifier: GPL-3.0-or-later
// Keras' learning rate schedules: the rate at a step, counted from 0.

const {cos, PI, floor, ceil, min} = Math;
const cosine = (done, alpha) => (1 - alpha) * 0.5 * (1 + cos(PI * done)) + alpha;

const schedules = {
  ExponentialDecay(step, c) {
    const done = step / c.decay_steps;
    return c.initial_learning_rate * c.decay_rate ** (c.staircase ? floor(done) : done);
  },
  PiecewiseConstantDecay(step, c) {
    const index = c.boundaries.findIndex((boundary) => step <= boundary);
    return c.values[index < 0 ? c.boundaries.length : index];
  },
  PolynomialDecay(step, c) {
    const {initial_learning_rate: start, end_learning_rate: end = 1e-4, power = 1, cycle = false} = c;
    const length = cycle ? c.decay_steps * Math.max(1, ceil(step / c.decay_steps)) : c.decay_steps;
    return (start - end) * (1 - min(step, length) / length) ** power + end;
  },
  InverseTimeDecay(step, c) {
    const done = step / c.decay_steps;
    return c.initial_learning_rate / (1 + c.decay_rate * (c.staircase ? floor(done) : done));
  },
  CosineDecay(step, c) {
    const {initial_learning_rate: start, alpha = 0, warmup_target: target = null, warmup_steps: warm = 0} = c;
    if (target === null) return start * cosine(min(step, c.decay_steps) / c.decay_steps, alpha);
    if (step < warm) return start + (target - start) * step / warm;
    return target * cosine(min(step - warm, c.decay_steps) / c.decay_steps, alpha);
  },
  CosineDecayRestarts(step, c) {
    const {initial_learning_rate: rate, first_decay_steps: first, t_mul: longer = 2, m_mul: factor = 1, alpha = 0} = c;
    let [start, length, scale] = [0, first, 1];
    while (step >= start + length) [start, length, scale] = [start + length, length * longer, scale * factor];
    return rate * ((1 - alpha) * scale * 0.5 * (1 + cos(PI * (step - start) / length)) + alpha);
  },
};

/** `spec`: a number, or {class_name, config} as Keras serializes a schedule. */
export function learningRate(spec, step) {
  return typeof spec === 'number' ? spec : schedules[spec.class_name](step, spec.config);
}
