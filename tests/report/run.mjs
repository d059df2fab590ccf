// npm run report: MaCo and Fourier optimization of the same classes at the same cost, what other networks say of the pictures, and
// how their power spectra compare with nature's. Writes one HTML page.
//   [--classes 985,1,...] [--seeds 1] [--out build/report] [--workers N]
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { labels, loadNetworks, root, shared } from './networks.mjs';
import { page } from './page.mjs';
import { Pictures } from './pictures.mjs';
import { meanPower, radialMean, radialPower } from './power.mjs';

const { values: given } = parseArgs({
  options: {
    classes: { type: 'string', default: '985,1,340,949,251,817,963,94,130,291' },
    seeds: { type: 'string', default: '1' },
    out: { type: 'string', default: path.join(root, 'build/report') },
    workers: { type: 'string', default: '' },
  },
});
const classes = given.classes.split(',').map(Number),
  seeds = given.seeds.split(',').map(Number);

/** Each with the best optimizer settings that were found for it; see recipes.md. */
const METHODS = [
  { id: 'maco', title: 'MaCo', options: {} },
  {
    id: 'fourier',
    title: 'Fourier',
    options: { parametrization: 'fourier', optimizer: 'adam', learningRate: 0.05, schedule: 'constant' },
  },
];
/** What is made of each network; SqueezeNet only judges. */
const MADE_OF = ['lite0', 'mobilenetv2', 'vit'];

/** Photos' mean power, or undefined where there are none. */
function photoPower() {
  const photos = path.join(shared, 'photos');
  if (!fs.existsSync(photos)) {
    console.log("skipped: the photos' power, there are none");
    return undefined;
  }
  const out = fs.mkdtempSync(path.join(os.tmpdir(), 'phaselens-photos-'));
  try {
    const { status, stderr } = spawnSync('build/python/bin/python', ['tests/models/make_photos.py', photos, out], {
      cwd: root,
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(stderr);
    const files = fs.readdirSync(out).filter((name) => name.endsWith('-0.875.f32'));
    return meanPower(
      files.map((name) => {
        const bytes = fs.readFileSync(path.join(out, name));
        return radialPower({ data: new Float32Array(new Uint8Array(bytes).buffer), height: 224, width: 224 });
      }),
    );
  } finally {
    fs.rmSync(out, { recursive: true, force: true });
  }
}

/** Of the mean magnitude of ImageNet that comes with the package: its first channel, which is nearly the brightness. */
function magnitudePower() {
  const bytes = fs.readFileSync(path.join(root, 'models/generated/imagenet-magnitude.npy'));
  const start = 10 + bytes.readUInt16LE(8);
  const [, , height, columns] = /\((\d+), (\d+), (\d+)\)/.exec(bytes.toString('latin1', 10, start)).map(Number);
  const at = (y, x) => bytes.readFloatLE(start + 4 * (y * columns + x)) ** 2;
  return meanPower([radialMean(at, height, columns, 2 * (columns - 1))]);
}

const networks = await loadNetworks(Number(given.workers));
const pictures = new Pictures(path.join(given.out, 'pictures'), networks);
const sections = [];
for (const network of networks.filter(({ id }) => MADE_OF.includes(id))) {
  const methods = METHODS.map((method) => ({ ...method, made: [] }));
  for (const seed of seeds)
    for (const unit of classes)
      for (const { title, options, made } of methods) {
        const record = await pictures.make(network, unit, { ...network.budget, ...options, seed });
        made.push({ unit, seed, ...record });
        console.log(
          `${network.title}, ${labels[unit]}, seed ${seed}, ${title}: ` +
            Object.entries(record.guesses)
              .map(([judge, guess]) => `${judge} at guess ${guess}`)
              .join(', '),
        );
      }
  sections.push({ network, judges: networks.filter((other) => other !== network), methods });
}
const file = path.join(given.out, 'index.html');
fs.writeFileSync(
  file,
  page({
    sections,
    labels,
    folder: path.join(given.out, 'pictures'),
    photos: photoPower(),
    magnitude: magnitudePower(),
  }),
);
for (const { model } of networks) await model.dispose();
console.log(`\n${file}`);
