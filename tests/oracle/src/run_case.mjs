// SPDX-License-Identifier: GPL-3.0-or-later
// Runs one case through tfjs: weights in, predictions out, five training steps.
import tf from '@tensorflow/tfjs';

import {toKeras3} from './keras3_json.mjs';
import {isTfjsLoss, lossFunction} from './losses.mjs';
import {makeOptimizer} from './optimizers.mjs';
import {makeRandom, seedOf, sizeOf, uniform} from './prng.mjs';
import {inKerasOrder, loadModel, regularization, variablesOf} from './tfjs_model.mjs';

const kSteps = 5;
const listOf = (value) => (Array.isArray(value) ? value : [value]);
const tensorOf = ({shape, values}) => tf.tensor(values, shape, 'float32');
const plain = (tensor) => ({shape: tensor.shape, values: [...tensor.dataSync()]});

/** Ranges in which a variable of this name makes sense. */
function rangeOf(name) {
  if (/variance$/.test(name)) return [0.5, 1.5];
  if (/(gamma)$/.test(name)) return [0.7, 1.3];
  if (/(bias|beta)$/.test(name)) return [-0.3, 0.3];
  return [-0.6, 0.6];
}

function fillTensor(random, spec) {
  if (spec.values) return spec;
  const {shape, range = [-1, 1], classes, oneHot, labels} = spec;
  const count = sizeOf(shape);
  let values;
  if (classes) values = Array.from({length: count}, () => Math.floor(random() * classes));
  else if (labels) values = Array.from({length: count}, () => labels[Math.floor(random() * labels.length)]);
  else if (oneHot) {
    const size = shape.at(-1);
    values = Array.from({length: count / size}, () => Math.floor(random() * size))
      .flatMap((index) => Array.from({length: size}, (_, i) => (i === index ? 1 : 0)));
  } else values = uniform(random, count, ...range);
  return {shape, values};
}

const snapshot = (variables) => variables.map(({name, variable}) => ({name, ...plain(variable.read())}));

/** The loss that Keras reports and differentiates: weighted means over the batch, regularization. */
function lossOf(model, inputs, targets, training, mask) {
  const outputs = listOf(model.apply(inputs.length === 1 ? inputs[0] : inputs, {training: true}));
  const specs = Array.isArray(training.loss) ? training.loss : outputs.map(() => training.loss);
  const weights = training.loss_weights ?? outputs.map(() => 1);
  return outputs.reduce((sum, out, index) => {
    let losses = lossFunction(specs[index])(targets[index], out);
    if (mask) losses = losses.mul(mask).div(mask.mean());
    if (training.sample_weights) {
      const shape = losses.shape.map((size, axis) => (axis === 0 ? size : 1));
      losses = losses.mul(tf.tensor(training.sample_weights, shape));
    }
    return sum.add(losses.mean().mul(weights[index]));
  }, regularization(model));
}

function train(model, variables, inputs, training, {check, mask}) {
  const targets = training.targets.map(tensorOf);
  const update = makeOptimizer(training.optimizer);
  const trained = variables.filter(({trainable}) => trainable).map(({variable}) => variable);
  const total = () => lossOf(model, inputs, targets, training, mask);
  const losses = [];
  for (let step = 0; step < kSteps; ++step) {
    const saved = variables.map(({variable}) => variable.read().clone());
    const {value, grads} = tf.variableGrads(() => total().asScalar(), trained.map((v) => v.val));
    losses.push(value.dataSync()[0]);
    const gradients = trained.map((v) => [...grads[v.val.name].dataSync()]);
    if (check && step === 0) checkGradients(check, total, variables, trained, gradients, saved);
    const parameters = trained.map((v) => [...v.read().dataSync()]);
    update(parameters, gradients);
    trained.forEach((variable, index) => variable.val.assign(tf.tensor(parameters[index], variable.shape)));
    trained.filter((v) => v.constraint).forEach((v) => v.val.assign(v.constraint.apply(v.read())));
  }
  return {losses, weights_after: snapshot(variables)};
}

/** The gradient along a random direction against a difference quotient: tfjs' gradients have bugs. */
function checkGradients(where, total, variables, trained, gradients, saved) {
  const restore = () => variables.forEach(({variable}, index) => variable.val.assign(saved[index]));
  const moved = variables.map(({variable}) => variable.read().clone());
  trained.forEach((variable, index) => {
    const random = makeRandom(index + 1);
    const direction = uniform(random, gradients[index].length, -1, 1);
    const at = (step) => {
      restore();
      const value = variable.read().add(tf.tensor(direction, variable.shape).mul(step));
      variable.val.assign(value);
      return total().dataSync()[0];
    };
    const h = 2e-3;
    const quotient = (at(h) - at(-h)) / (2 * h);
    const expected = direction.reduce((sum, d, i) => sum + d * gradients[index][i], 0);
    if (Math.abs(quotient - expected) > 2e-3 + 0.02 * Math.abs(expected)) {
      console.error(`${where}: gradient of ${variable.originalName}: ${expected}, but by differences ${quotient}`);
    }
  });
  variables.forEach(({variable}, index) => variable.val.assign(moved[index]));
}

/** The fixture of a case: {about, model, inputs, training?, weights?, keras3?, lossMask?}: the mask that
 *  Keras would give to the loss, per sample and step. */
export async function runCase(group, name, definition, check) {
  const random = makeRandom(seedOf(`${group}/${name}`));
  tf.engine().startScope();
  const {model, onlyTfjs} = await loadModel(definition.model, definition.keras3);
  const variables = variablesOf(model);
  const given = definition.weights ?? {};
  for (const {name: full, variable} of variables) {
    const key = Object.keys(given).find((suffix) => full.endsWith(suffix));
    const values = key ? given[key] : uniform(random, sizeOf(variable.shape), ...rangeOf(full));
    variable.val.assign(tf.tensor(values, variable.shape));
  }
  const specs = definition.inputs.map((input) => fillTensor(random, input));
  const inputs = specs.map(tensorOf);
  const weights = snapshot(variables);
  const outputs = listOf(model.predict(inputs.length === 1 ? inputs[0] : inputs)).map(plain);
  const ordered = inKerasOrder(definition.model, model);
  const fixture = {about: definition.about, source: '', model: definition.keras3 ? toKeras3(ordered, model) : ordered,
    weights, inputs: specs, outputs};
  let theirs = onlyTfjs;
  if (definition.training) {
    const targets = (definition.training.targets ?? outputs.map(({shape}) => ({shape})))
      .map((target) => fillTensor(random, target));
    const training = {optimizer: {name: 'sgd', learning_rate: 0.1}, loss: 'mean_squared_error',
      ...definition.training, targets};
    const mask = definition.lossMask && tf.tensor2d(definition.lossMask);
    Object.assign(training, train(model, variables, inputs, training, {check: check && `${group}/${name}`, mask}));
    fixture.training = training;
    theirs &&= listOf(training.loss).every(isTfjsLoss);
  }
  fixture.source = theirs ? 'tfjs-layers' : 'tfjs-core';
  tf.engine().endScope();
  return fixture;
}
