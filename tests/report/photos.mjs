// What layers keep of photos, and what classes would rather see in them: pictures as the page makes them, how far each is from its photo,
// and what networks say of it.
//   node tests/report/photos.mjs [--layers blocks.2.1,...] [--photos cat,coffee] [--pairs cat:340,coffee:985] [--options JSON] [--out DIR]
// --options: those of visualize, over the page's. `alike` is the correlation of brightness over 28 x 28 squares.
import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { encode } from 'fast-png';
import jpeg from 'jpeg-js';
import { page } from '../../web/site/from-page.mjs';
import { labels, loadNetworks, root } from './networks.mjs';

const { values: given } = parseArgs({
  options: {
    layers: { type: 'string', default: 'blocks.0.0,blocks.2.1,blocks.3.2,blocks.4.2,blocks.5.3,head,logits' },
    photos: { type: 'string', default: 'cat,coffee,pavilion' },
    pairs: { type: 'string', default: 'cat:340,coffee:387,raccoon:1,pavilion:980,astronaut:985,grass:94' },
    options: { type: 'string', default: '{}' },
    out: { type: 'string', default: path.join(root, 'build/report/photos') },
  },
});
const list = (text) => text.split(',').filter(Boolean);
const { photoRecipe, photoOptions, objectiveIn, earlyBlock } = await page('run/photo', 'run/objective', 'models/blocks');
const [lite0, ...others] = await loadNetworks();
const judges = others.filter(({ id }) => id !== 'vit'); // it takes longest
fs.mkdirSync(given.out, { recursive: true });

const squares = 28;

function read(name) {
  const { data, width, height } = jpeg.decode(fs.readFileSync(path.join(root, `web/public/photos/${name}.jpg`)), {
    useTArray: true,
  });
  return { data: new Uint8ClampedArray(data), width, height };
}

/** Mean brightness of each square. */
function brightness({ data, width, height }) {
  const [sums, counts] = [new Float64Array(squares ** 2), new Float64Array(squares ** 2)];
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const at = Math.floor((y * squares) / height) * squares + Math.floor((x * squares) / width);
      const i = 4 * (y * width + x);
      sums[at] += 0.299 * data[i] + 0.587 * data[i + 1] + 0.114 * data[i + 2];
      counts[at]++;
    }
  return sums.map((sum, at) => sum / counts[at]);
}

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

function alike(one, other) {
  const [a, b] = [one, other].map((frame) => {
    const values = brightness(frame);
    const centre = mean(values);
    return values.map((value) => value - centre);
  });
  const product = (a, b) => a.reduce((sum, value, i) => sum + value * b[i], 0);
  return product(a, b) / Math.sqrt(product(a, a) * product(b, b));
}

const logitsOf = async ({ model }, frame) => (await model.activations(frame, model.logits)).data;
const rankOf = (logits, unit) => 1 + logits.reduce((above, value) => above + (value > logits[unit]), 0);
const first = (logits) => logits.indexOf(Math.max(...logits));

/** By the page's own recipe. */
async function make(use, photo, layer, unit) {
  const { model } = lite0;
  const recipe = photoRecipe(use, model);
  const picture = { model: 'lite0', layer, unit, photo: use, seed: 3, recipe };
  const { finer: _, ...sizes } = recipe;
  const start = use === 'inversion' ? {} : { start: photo };
  const options = {
    ...sizes,
    ...photoOptions(picture, recipe),
    ...start,
    photos: [photo],
    seed: 3,
    ...JSON.parse(given.options),
  };
  const run = model.visualize(objectiveIn(picture, model, earlyBlock(model.layers)), options);
  let frame;
  for await (const step of run) frame = step.frame;
  const gmacs = ((await run.cost()).macs * run.steps) / 1e9;
  await run.stop();
  return { frame, gmacs };
}

function keep(name, { data, width, height }) {
  fs.writeFileSync(path.join(given.out, `${name}.png`), encode({ data: new Uint8Array(data), width, height, channels: 4 }));
}

for (const name of list(given.photos))
  for (const layer of list(given.layers)) {
    const photo = read(name);
    const { frame, gmacs } = await make('inversion', photo, layer, 0);
    keep(`${name}-${layer}`, frame);
    const said = await Promise.all(
      judges.map(async (judge) => `${judge.title} ${rankOf(await logitsOf(judge, frame), first(await logitsOf(judge, photo)))}`),
    );
    console.log(
      `${name}, ${layer}: alike ${alike(frame, photo).toFixed(2)}; the photo's first class is guess ${said.join(', ')}; ${gmacs.toFixed(0)} GMAC`,
    );
  }

for (const pair of list(given.pairs)) {
  const [name, unit] = pair.split(':');
  const photo = read(name);
  const { frame, gmacs } = await make('accentuation', photo, lite0.model.logits, Number(unit));
  keep(`${name}-${unit}`, frame);
  const said = await Promise.all(
    [lite0, ...judges].map(async (network) => {
      const [before, after] = await Promise.all([photo, frame].map((image) => logitsOf(network, image)));
      return `${network.title} ${rankOf(before, unit)} to ${rankOf(after, unit)}`;
    }),
  );
  console.log(
    `${name}, ${labels[unit]}: alike ${alike(frame, photo).toFixed(2)}; guess of ${said.join(', ')}; ${gmacs.toFixed(0)} GMAC`,
  );
}
for (const { model } of [lite0, ...others]) await model.dispose();
