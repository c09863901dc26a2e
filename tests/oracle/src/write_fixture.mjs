// SPDX-License-Identifier: GPL-3.0-or-later
// One JSON file a fixture: every float32 in the fewest digits that read back to it.
import {mkdirSync, writeFileSync} from 'node:fs';
import {dirname} from 'node:path';

const kMaxBytes = 30_000;

function shortest(number, where) {
  if (!Number.isFinite(number)) throw new Error(`${where} is ${number}`);
  const value = Math.fround(number);
  for (let digits = 1; digits < 10; ++digits) {
    const text = Number(value.toPrecision(digits));
    if (Math.fround(text) === value) return Object.is(text, -0) ? 0 : text;
  }
  return value;
}

/** Tensors and losses are float32; everything else stays as it is. */
function rounded(value, key, where) {
  if (Array.isArray(value)) {
    const numbers = key === 'values' || key === 'losses';
    return value.map((item) => (numbers ? shortest(item, where) : rounded(item, '', where)));
  }
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value)
    .map(([name, item]) => [name, rounded(item, name, `${where}/${name}`)]));
}

/** One line a tensor: a change shows where it is. */
function layout(fixture) {
  const line = (key, value) => {
    const list = Array.isArray(value) && value.some((item) => item?.values);
    const text = list ? `[\n  ${value.map((item) => JSON.stringify(item)).join(',\n  ')}\n ]` : JSON.stringify(value);
    return ` ${JSON.stringify(key)}: ${text}`;
  };
  const lines = ([key, value]) => (key === 'training'
    ? ` "training": {\n${Object.entries(value).map(([k, v]) => line(k, v)).join(',\n')}\n }` : line(key, value));
  return `{\n${Object.entries(fixture).map(lines).join(',\n')}\n}\n`;
}

export function writeFixture(path, fixture) {
  const {model, ...numbers} = fixture;
  const {about, source, ...rest} = rounded(numbers, '', path);
  const text = layout({about, source, model, ...rest});
  if (text.length > kMaxBytes) throw new Error(`${path} has ${text.length} bytes; at most ${kMaxBytes}`);
  mkdirSync(dirname(path), {recursive: true});
  writeFileSync(path, text);
  return text.length;
}
