// SPDX-License-Identifier: GPL-3.0-or-later
import {activations} from './activations.mjs';
import {aliases} from './aliases.mjs';
import {convolutions} from './convolutions.mjs';
import {layers} from './layers.mjs';
import {losses} from './losses.mjs';
import {models} from './models.mjs';
import {optimizers} from './optimizers.mjs';
import {poolings} from './poolings.mjs';
import {recurrent} from './recurrent.mjs';

/** Every case by group and name: {about, model, inputs, weights?, training?, keras3?, lossMask?}. */
export const groups = {
  layers: {...layers, ...convolutions, ...poolings, ...recurrent, ...aliases},
  models,
  losses,
  optimizers,
  activations,
};
