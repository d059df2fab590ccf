// Pictures and what was said of them, kept in a folder: what was made with the same code and options is not made again.
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { encode } from 'fast-png';
import { logit } from '../../dist/index.js';
import { judge } from './judge.mjs';
import { root } from './networks.mjs';
import { radialPower } from './power.mjs';

/** The own network's logit for the whole picture, which does not depend on how a recipe crops. */
async function ownLogit({ model }, image, unit) {
  const { data } = await model.activations(image, model.logits);
  return data[unit];
}

/** The last step, and the multiply-adds of all. */
async function run(visualization) {
  let last;
  for await (const step of visualization) last = step;
  return { last, macs: (await visualization.cost()).macs * visualization.steps };
}

export class Pictures {
  #folder;
  #networks;
  #code;

  constructor(folder, networks) {
    this.#folder = folder;
    this.#networks = networks;
    const hash = createHash('sha256');
    for (const build of ['simd', 'relaxed'])
      hash.update(fs.readFileSync(path.join(root, `dist/phaselens/phaselens-${build}.wasm`)));
    this.#code = hash.digest('hex').slice(0, 12);
    fs.mkdirSync(folder, { recursive: true });
  }

  /** {file, score, guesses, power, gmacs, values, seconds}. Options are those of visualize; `refine`: those of refining it then. */
  async make(network, unit, options) {
    const key = JSON.stringify({ code: this.#code, network: network.id, unit, options });
    const name = `${network.id}-${unit}-${createHash('sha256').update(key).digest('hex').slice(0, 12)}`;
    const record = path.join(this.#folder, `${name}.json`),
      file = `${name}.png`;
    if (fs.existsSync(record)) return JSON.parse(fs.readFileSync(record, 'utf8'));
    const start = performance.now();
    const { refine, ...drawn } = options;
    const stages = [network.model.visualize(logit(unit), drawn)];
    let { last, macs } = await run(stages[0]);
    if (refine) {
      stages.unshift(stages[0].refine(refine));
      const finer = await run(stages[0]);
      last = finer.last;
      macs += finer.macs;
    }
    const seconds = (performance.now() - start) / 1000;
    const { values } = await stages[0].cost();
    const { height, width } = last.frame;
    const image = { data: await stages[0].output('image'), height, width };
    for (const visualization of stages) await visualization.stop();
    fs.writeFileSync(path.join(this.#folder, file), encode(last.frame));
    const shown = {
      data: Float32Array.from({ length: 3 * height * width }, (_, i) => last.frame.data[4 * Math.floor(i / 3) + (i % 3)] / 255),
      height,
      width,
    };
    const made = {
      file,
      score: await ownLogit(network, shown, unit),
      guesses: await judge(this.#networks, network, last.frame, unit),
      power: radialPower(image),
      gmacs: macs / 1e9,
      values,
      seconds,
    };
    fs.writeFileSync(record, JSON.stringify(made));
    return made;
  }
}

/** How many of some pictures each judge names at its first guess, and within five. */
export function named(made) {
  const counts = {};
  for (const { guesses } of made)
    for (const [id, guess] of Object.entries(guesses)) {
      counts[id] ??= { first: 0, five: 0, of: 0 };
      counts[id].first += guess === 1;
      counts[id].five += guess <= 5;
      counts[id].of++;
    }
  return counts;
}

export const mean = (list) => list.reduce((sum, value) => sum + value, 0) / list.length;
