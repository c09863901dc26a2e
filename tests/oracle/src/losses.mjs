// SPDX-License-Identifier: GPL-3.0-or-later
// Keras' losses: per sample, from targets and predictions. tfjs' own where it has them and takes
// no options; the others are written out.
import tf from '@tensorflow/tfjs';

const epsilon = 1e-7;
const last = -1;
const probabilities = (p) => tf.clipByValue(p.div(tf.sum(p, last, true)), epsilon, 1 - epsilon);
const logProbabilities = (p, fromLogits) => (fromLogits ? tf.logSoftmax(p) : tf.log(probabilities(p)));

function categorical(y, p, {from_logits: fromLogits = false, label_smoothing: smoothing = 0}) {
  const smooth = smoothing === 0 ? y : y.mul(1 - smoothing).add(smoothing / y.shape.at(-1));
  return tf.neg(tf.sum(smooth.mul(logProbabilities(p, fromLogits)), last));
}

/** Targets are class indices with a last axis of 1. */
function sparseCategorical(y, p, {from_logits: fromLogits = false}) {
  const indices = tf.oneHot(y.cast('int32').reshape(p.shape.slice(0, -1)), p.shape.at(-1));
  return tf.neg(tf.sum(indices.mul(logProbabilities(p, fromLogits)), last));
}

function binary(y, p, {from_logits: fromLogits = false, label_smoothing: smoothing = 0}) {
  const smooth = y.mul(1 - smoothing).add(smoothing / 2);
  if (fromLogits) {
    const stable = tf.relu(p).sub(p.mul(smooth)).add(tf.log1p(tf.exp(tf.neg(tf.abs(p)))));
    return tf.mean(stable, last);
  }
  const q = tf.clipByValue(p, epsilon, 1 - epsilon);
  const log = smooth.mul(tf.log(q)).add(tf.sub(1, smooth).mul(tf.log(tf.sub(1, q))));
  return tf.mean(tf.neg(log), last);
}

function huber(y, p, {delta = 1}) {
  const error = tf.abs(p.sub(y));
  const inside = tf.minimum(error, tf.scalar(delta));
  return tf.mean(inside.mul(error.sub(inside.mul(0.5))), last);
}

/** Labels 0 and 1 become -1 and 1 when there are no others. */
function hingeLabels(y) {
  return y.dataSync().every((v) => v === 0 || v === 1) ? y.mul(2).sub(1) : y;
}
const margin = (y, p) => tf.relu(tf.sub(1, hingeLabels(y).mul(p)));

const own = {
  binary_crossentropy: binary,
  categorical_crossentropy: categorical,
  hinge: (y, p) => tf.mean(margin(y, p), last),
  huber,
  kl_divergence(y, p) {
    const [t, q] = [y, p].map((x) => tf.clipByValue(x, epsilon, 1));
    return tf.sum(t.mul(tf.log(t.div(q))), last);
  },
  sparse_categorical_crossentropy: sparseCategorical,
  squared_hinge: (y, p) => tf.mean(tf.square(margin(y, p)), last),
};

const theirs = {
  categorical_hinge: 'categoricalHinge',
  cosine_similarity: 'cosineProximity',
  log_cosh: 'logcosh',
  mean_absolute_error: 'meanAbsoluteError',
  mean_absolute_percentage_error: 'meanAbsolutePercentageError',
  mean_squared_error: 'meanSquaredError',
  mean_squared_logarithmic_error: 'meanSquaredLogarithmicError',
  poisson: 'poisson',
};

/** tfjs does not export its losses; a compiled model has them. */
const tfjsLoss = new Map();
function compiledLoss(name) {
  if (!tfjsLoss.has(name)) {
    const model = tf.sequential({layers: [tf.layers.activation({activation: 'linear', inputShape: [1]})]});
    model.compile({optimizer: 'sgd', loss: name});
    tfjsLoss.set(name, model.model.lossFunctions[0]);
  }
  return tfjsLoss.get(name);
}

/** `name` or {name, options}: (targets, predictions) -> one value per sample and position. */
export function lossFunction(spec) {
  const {name, ...options} = typeof spec === 'string' ? {name: spec} : spec;
  if (name in own) return (y, p) => own[name](y, p, options);
  if (!(name in theirs)) throw new Error(`no loss ${name}`);
  return compiledLoss(theirs[name]);
}
export const isTfjsLoss = (spec) => typeof spec === 'string' && spec in theirs;
