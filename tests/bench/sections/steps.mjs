// steps: whole steps through the API, as a page takes them.
import { spawnSync } from 'node:child_process';
import { inBrowser } from '../browser.mjs';
import { fixed, median, table } from '../table.mjs';

const RECIPE = { size: 256, crops: 4, cropSize: 224, steps: 20 };

const ourStep = (workers, build) =>
  inBrowser((page) => page.evaluate((options) => window.stepTimes(options), { ...RECIPE, build, workers })).then(median);

const PEER = {
  impl: 'tfjs',
  backend: 'wasm',
  variant: 'tuned',
  threads: 1,
  model: 'efficientnet_lite0',
  image: 256,
  what: 'step',
  reps: 15,
  out: 'none',
};

function peerStep(peers) {
  const options = Object.entries(PEER).flatMap(([key, value]) => [`--${key}`, String(value)]);
  const run = spawnSync('node', ['run.mjs', ...options], { cwd: peers, encoding: 'utf8' });
  if (run.status) throw new Error(`the peer failed: ${run.stderr}`);
  return JSON.parse(run.stdout).step_ms_median;
}

/** Whole steps, taken in turn so that load on the machine meets everyone alike. */
export async function steps({ given, rounds }) {
  const rows = { one: [], two: [], ...(given.peers ? { peer: [] } : {}) };
  for (let round = 0; round < rounds; round++) {
    rows.one.push(await ourStep(1, given.core));
    rows.two.push(await ourStep(2, given.core));
    rows.peer?.push(peerStep(given.peers));
  }
  console.log(
    `\nA whole step: EfficientNet-Lite0, 256 px, 4 crops of 224, Chromium, ${given.core}; median of each turn's 20 steps`,
  );
  table(
    ['', 'ms', 'beside one worker'],
    Object.entries(rows).map(([who, list]) => [who, fixed(median(list), 0), `${fixed(median(rows.one) / median(list), 2)}x`]),
  );
  if (!given.peers) console.log('  best tuned peer skipped: no --peers');
  return rows;
}
