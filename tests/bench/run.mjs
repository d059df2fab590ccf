// npm run bench: every number of the README. tests/bench/README.md says what each section means.
import fs from 'node:fs';
import os from 'node:os';
import { parseArgs } from 'node:util';
import { inChromium, natively } from './measure.mjs';
import { besideOthers } from './others.mjs';
import { core } from './sections/core.mjs';
import { load } from './sections/load.mjs';
import { networks } from './sections/networks.mjs';
import { picture } from './sections/picture.mjs';
import { recognition } from './sections/recognition.mjs';
import { start } from './sections/start.mjs';
import { steps } from './sections/steps.mjs';
import { timeline } from './sections/timeline.mjs';
import { torch } from './sections/torch.mjs';

const { values: given } = parseArgs({
  options: {
    only: { type: 'string', multiple: true, default: [] },
    rounds: { type: 'string', default: '5' },
    core: { type: 'string', default: 'relaxed' },
    crop: { type: 'string', default: '' },
    profile: { type: 'boolean', default: false },
    classes: { type: 'string', default: '60' },
    recipe: { type: 'string', default: '' },
    more: { type: 'boolean', default: false },
    native: { type: 'boolean', default: false },
    torch: { type: 'string', default: '' },
    peers: { type: 'string', default: '' },
    json: { type: 'string', default: '' },
  },
});
const sections = given.native
  ? { core, networks, picture, torch }
  : { core, networks, picture, steps, timeline, recognition, load, start };
const chosen = given.only.flatMap((words) => words.split(/[\s,]+/)).filter(Boolean);
for (const word of chosen)
  if (!sections[word]) throw new Error(`there is no section '${word}': ${Object.keys(sections).join(', ')}`);

const rounds = Number(given.rounds);
const context = { given, rounds, measure: given.native ? natively(rounds) : inChromium(given.core, rounds) };
const results = { build: given.native ? 'native' : given.core, rounds };
for (const [name, run] of Object.entries(sections))
  if (!chosen.length || chosen.includes(name)) {
    const { result, cores } = await besideOthers(() => run(context));
    if (cores > 0.2)
      console.log(
        `  the machine was not quiet: others used ${cores.toFixed(1)} of ${os.availableParallelism()} cores before and after`,
      );
    results[name] = { ...result, others_cores: cores };
  }
if (given.json) fs.writeFileSync(given.json, JSON.stringify(results, null, 1));
