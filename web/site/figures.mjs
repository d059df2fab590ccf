// Stills of the article's figures, for paper, for readers without scripts and for the time before: computed as the figures do, by the package
// in Node. They are kept in build/ as long as what makes them is the same.
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';
import { decode, encode } from 'fast-png';
import jpeg from 'jpeg-js';
import { loadManifest, loadModel, logit, openFourier } from '../../dist/index.js';

const root = path.resolve(import.meta.dirname, '../..');
const at = (...names) => path.join(root, ...names);
const kept = at('build/article/figures');
export const side = 256;
export const names = ['cat', 'pavilion', 'coffee', 'astronaut', 'dahlia', 'rocket', 'grass'];
const strawberry = 949;

/** Of everything that the stills are made by. */
function keyOf(posters) {
  const files = [
    ...[import.meta.filename, at('web/article/handlers.ts'), at('dist/index.js'), at('dist/phaselens/phaselens-simd.wasm')],
    ...names.map((name) => at('web/article/photos', `${name}.jpg`)),
    ...posters,
  ];
  const hash = createHash('sha256');
  for (const file of files) hash.update(fs.readFileSync(file));
  return hash.digest('hex');
}

async function loadHandlers() {
  const outfile = at('build/article/handlers.mjs');
  await build({ entryPoints: [at('web/article/handlers.ts')], outfile, bundle: true, format: 'esm', logLevel: 'warning' });
  return (await import(outfile)).handlers;
}

function photo(name) {
  const { data, height, width } = jpeg.decode(fs.readFileSync(at('web/article/photos', `${name}.jpg`)), { useTArray: true });
  return { data: new Uint8ClampedArray(data), height, width };
}

/** RGBA of a PNG of three or four channels. */
function poster(file) {
  const { data, width, height, channels } = decode(fs.readFileSync(file));
  const rgba = new Uint8ClampedArray(4 * width * height).fill(255);
  for (let i = 0; i < width * height; i++) for (let c = 0; c < 3; c++) rgba[4 * i + c] = data[channels * i + c];
  return { data: rgba, height, width };
}

/** A fifth of the bytes. */
export const jpegOf = (file) => jpeg.encode(poster(file), 90).data;

function write(name, { data, height, width }) {
  fs.writeFileSync(path.join(kept, `${name}.png`), encode({ data: new Uint8Array(data), height, width, channels: 4 }));
}

async function drawSpectra(fourier, handlers) {
  const shape = { height: side, width: side, logarithmic: true };
  const all = Object.fromEntries(await Promise.all(names.map(async (name) => [name, await fourier.transform(photo(name))])));
  const swapped = await fourier.inverse({ ...all.cat, magnitude: all.pavilion.magnitude });
  write('swapped', handlers.frame({ image: swapped, stretch: false }));
  const magnitude = handlers.mean({ all: Object.values(all).map((one) => one.magnitude) });
  write('nature-one', handlers.picture({ values: all.cat.magnitude, ...shape }));
  write('nature-mean', handlers.picture({ values: magnitude, ...shape }));
  const count = magnitude.length / 3;
  const phase = handlers.randomPhases({ count, seed: 1 });
  for (let c = 0; c < 3; c++) phase[c * count] = all.cat.phase[c * count];
  write('cloud', handlers.frame({ image: await fourier.inverse({ ...all.cat, magnitude, phase }), stretch: true }));
}

async function drawGradient(fourier, handlers) {
  const [entry] = await loadManifest();
  const model = await loadModel(entry);
  let [first, last] = [];
  for await (const step of model.visualize(logit(strawberry), { seed: 1, size: side, steps: 128, outputs: ['values'] })) {
    first ??= step.values;
    last = step;
  }
  await model.dispose();
  const shape = { height: side, width: side };
  write('gradient-picture', last.frame);
  const { magnitude } = await fourier.transform(last.frame);
  write('gradient-magnitude', handlers.picture({ values: magnitude, ...shape, logarithmic: true }));
  const values = handlers.turned({ from: first, to: last.values });
  write('gradient-moved', handlers.picture({ values, ...shape, logarithmic: false }));
}

const relative = (power) => Array.from(power.subarray(4), (value) => value / power[4]);

/** The chart of powers as it is at the end. */
async function drawChart(fourier, posters) {
  const powers = await Promise.all(names.map(async (name) => relative(await fourier.radialPower(photo(name)))));
  const photos = powers[0].map((_, i) => Math.exp(powers.reduce((sum, power) => sum + Math.log(power[i]), 0) / powers.length));
  const [free, fixed] = await Promise.all(posters.map(async (file) => relative(await fourier.radialPower(poster(file)))));
  const [width, height, left, bottom] = [660, 260, 52, 40];
  const x = (radius) => left + ((width - left - 12) * Math.log(radius / 4)) / Math.log(32);
  const y = (power) => 8 + ((height - bottom - 8) * (1 - Math.log10(power))) / 6;
  const line = (name, power) =>
    `<polyline class="${name}" points="${power.map((value, i) => `${x(i + 4).toFixed(1)},${y(value).toFixed(1)}`).join(' ')}"/>`;
  const ticks = [4, 8, 16, 32, 64, 128].map((r) => `<text x="${x(r)}" y="${height - 22}" text-anchor="middle">${r}</text>`);
  const label = `<text x="${(left + width) / 2}" y="${height - 4}" text-anchor="middle">fineness: cycles per 256 pixels</text>`;
  const rules = [1, 0.1, 0.01, 0.001, 1e-4, 1e-5].map((power) => `<path d="M${left} ${y(power)}H${width - 12}"/>`);
  const lines = [
    ...powers.map((power) => line('photo', power)),
    line('photos', photos),
    line('fourier', free),
    line('maco', fixed),
  ];
  const text = [...rules, ...ticks, label, ...lines].join('');
  fs.writeFileSync(path.join(kept, 'chart.svg'), `<svg viewBox="0 0 ${width} ${height}">${text}</svg>`);
}

/** The folder with the stills; `posters` are those of the two pictures whose power is compared. */
export async function figures(posters) {
  const [key, stamp] = [keyOf(posters), path.join(kept, 'key')];
  if (fs.existsSync(stamp) && fs.readFileSync(stamp, 'utf8') === key) return kept;
  fs.mkdirSync(kept, { recursive: true });
  const handlers = await loadHandlers();
  const fourier = await openFourier();
  try {
    await drawSpectra(fourier, handlers);
    await drawGradient(fourier, handlers);
    write('crops', poster(at('build/article/posters/goldfish.png')));
    await drawChart(fourier, posters);
  } finally {
    await fourier.dispose();
  }
  fs.writeFileSync(stamp, key);
  return kept;
}
