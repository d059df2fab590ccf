// Which recipe makes pictures that other networks name, at the same cost?
//   node tests/report/compare.mjs RECIPES.json [--network lite0] [--classes 985,1,...] [--seeds 1,2] [--crops 1] [--cropSize 0] [--out DIR] [--workers N]
// RECIPES.json: {"name": {options of visualize}, ...}, with the steps and crops of the network's default recipe; "*": options of all of them. What was made before is not made again.
import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { labels, loadNetworks, root } from './networks.mjs';
import { mean, named, Pictures } from './pictures.mjs';

const { values: given, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    network: { type: 'string', default: 'lite0' },
    classes: { type: 'string', default: '985,1,340,949,251,817,963,94,130,145,291,323,387,404,510,620,779,885,937,980' },
    seeds: { type: 'string', default: '1,2,3' },
    crops: { type: 'string', default: '' },
    cropSize: { type: 'string', default: '' },
    out: { type: 'string', default: path.join(root, 'build/report/recipes') },
    workers: { type: 'string', default: '' },
  },
});
if (positionals.length !== 1) throw new Error('which recipes? node tests/report/compare.mjs RECIPES.json');
const { '*': common = {}, ...recipes } = JSON.parse(fs.readFileSync(positionals[0], 'utf8'));
const classes = given.classes.split(',').map(Number),
  seeds = given.seeds.split(',').map(Number);

const networks = await loadNetworks(Number(given.workers));
const network = networks.find(({ id }) => id === given.network);
if (!network) throw new Error(`there is no network ${given.network}: ${networks.map(({ id }) => id).join(', ')}`);
const asked = Object.fromEntries(['crops', 'cropSize'].flatMap((key) => (given[key] ? [[key, Number(given[key])]] : [])));
const pictures = new Pictures(given.out, networks);
const judges = networks.filter((other) => other !== network);
/** Of every picture the mean of 1 / guess over its judges, 1 where all name it at once. It varies less from seed to seed than counts do. */
const reciprocals = (made) => made.map(({ guesses }) => mean(Object.values(guesses).map((guess) => 1 / guess)));
/** The mean, and its standard error. */
function meanWithError(values) {
  const centre = mean(values);
  return `${centre.toFixed(3)} ± ${Math.sqrt(mean(values.map((value) => (value - centre) ** 2)) / (values.length - 1)).toFixed(3)}`;
}

console.log(
  `${network.title}: ${classes.length} classes (${classes.map((unit) => labels[unit]).join(', ')}), seeds ${seeds.join(', ')}`,
);
console.log(`named at the first guess / within five, of ${classes.length * seeds.length}`);
console.log(
  `${'recipe'.padEnd(24)}${judges.map(({ title }) => title.padEnd(22)).join('')}${'all'.padEnd(12)}1 / guess  beside the first  GMAC  own logit  s a picture`,
);
let first;
for (const [name, options] of Object.entries(recipes)) {
  const made = [];
  for (const seed of seeds)
    for (const unit of classes)
      made.push(await pictures.make(network, unit, { ...network.budget, ...common, ...options, ...asked, seed }));
  const counts = named(made),
    all = Object.values(counts);
  const each = reciprocals(made);
  first ??= each;
  const beside = each.map((value, i) => value - first[i]); // class by class and seed by seed
  const told = judges.length ? [mean(each).toFixed(3), meanWithError(beside)] : ['-', '-'];
  const sum = (key) => all.reduce((total, count) => total + count[key], 0);
  console.log(
    name.padEnd(24) +
      judges.map(({ id }) => `${counts[id].first} / ${counts[id].five}`.padEnd(22)).join('') +
      `${sum('first')} / ${sum('five')}`.padEnd(12) +
      told[0].padStart(9) +
      told[1].padStart(18) +
      made[0].gmacs.toFixed(0).padStart(6) +
      mean(made.map(({ score }) => score))
        .toFixed(1)
        .padStart(11) +
      mean(made.map(({ seconds }) => seconds))
        .toFixed(1)
        .padStart(13),
  );
}
for (const { model } of networks) await model.dispose();
