// SPDX-License-Identifier: GPL-3.0-or-later
// Seeded numbers: the same fixtures on every machine.

/** FNV-1a of a text: a seed from a case's name. */
export function seedOf(text) {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash;
}

/** mulberry32: a function that returns uniform numbers in [0, 1). */
export function makeRandom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** `count` numbers in [low, high) with at most `digits` decimals, so that the files stay small. */
export function uniform(random, count, low, high, digits = 3) {
  const unit = 10 ** digits;
  return Array.from({length: count}, () =>
    Math.round((low + random() * (high - low)) * unit) / unit);
}

export const sizeOf = (shape) => shape.reduce((product, axis) => product * axis, 1);
