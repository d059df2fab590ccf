// npm run bench: every number of the README. tests/bench/README.md says what each section means.
import fs from 'node:fs';
import { parseArgs } from 'node:util';
import { inChromium } from './measure.mjs';
import { core } from './sections/core.mjs';
import { load } from './sections/load.mjs';
import { networks } from './sections/networks.mjs';
import { picture } from './sections/picture.mjs';
import { steps } from './sections/steps.mjs';

const sections = { core, networks, picture, steps, load };

const { values: given } = parseArgs({
  options: {
    only: { type: 'string', multiple: true, default: [] },
    rounds: { type: 'string', default: '5' },
    core: { type: 'string', default: 'relaxed' },
    crop: { type: 'string', default: '' },
    profile: { type: 'boolean', default: false },
    peers: { type: 'string', default: '' },
    json: { type: 'string', default: '' },
  },
});
const chosen = given.only.flatMap((words) => words.split(/[\s,]+/)).filter(Boolean);
for (const word of chosen)
  if (!sections[word]) throw new Error(`there is no section '${word}': ${Object.keys(sections).join(', ')}`);

const context = { given, rounds: Number(given.rounds), measure: inChromium(given.core, Number(given.rounds)) };
const results = { core: given.core, rounds: context.rounds };
for (const [name, run] of Object.entries(sections))
  if (!chosen.length || chosen.includes(name)) results[name] = await run(context);
if (given.json) fs.writeFileSync(given.json, JSON.stringify(results, null, 1));
