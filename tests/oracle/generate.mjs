// SPDX-License-Identifier: GPL-3.0-or-later
// Writes fixtures/GROUP/CASE.json for every case:  node generate.mjs [--check] [PATTERN]
// --check also compares each gradient with a difference quotient, and the optimizers with tfjs'.
import {readdirSync, rmSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import {basename, join} from 'node:path';
import tf from '@tensorflow/tfjs';

import {groups} from './cases/all.mjs';
import {checkOptimizers} from './src/check_optimizers.mjs';
import {runCase} from './src/run_case.mjs';
import {writeFixture} from './src/write_fixture.mjs';

const root = join(fileURLToPath(new URL('.', import.meta.url)), 'fixtures');
const check = process.argv.includes('--check');
const pattern = process.argv.slice(2).find((argument) => !argument.startsWith('--')) ?? '';

await tf.setBackend('cpu');
if (check) checkOptimizers();
let files = 0;
let bytes = 0;
for (const [group, cases] of Object.entries(groups)) {
  for (const [name, definition] of Object.entries(cases)) {
    if (!`${group}/${name}`.includes(pattern)) continue;
    try {
      const fixture = await runCase(group, name, definition, check);
      bytes += writeFixture(join(root, group, `${name}.json`), fixture);
    } catch (error) {
      error.message = `${group}/${name}: ${error.message}`;
      throw error;
    }
    ++files;
  }
  if (pattern) continue;
  for (const file of readdirSync(join(root, group))) {
    if (!(basename(file, '.json') in cases)) rmSync(join(root, group, file));
  }
}
console.log(`${files} fixtures, ${bytes} bytes`);
