// npm run bench: the speed of a step in Chromium, what it is made of, how near the network comes to the SIMD peak, and what loading
// a large model costs.
//   --model FILE  a transformer, such as ViT-Tiny, whose speed is compared with a dense convolution's
//   --peers DIR   the peers' harness, installed and built; its best peer is then timed in turn with ours
//   --only WORD   of these: core, steps, load, transformer
//   --rounds N    turns (3)
//   --core simd|relaxed   the build (relaxed, which Chromium chooses)
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';
import { largeModel } from './large.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const { values: given } = parseArgs({
  options: {
    model: { type: 'string', default: path.join(root, '../shared/models/vit_tiny_patch16_224.onnx') },
    only: { type: 'string', default: '' },
    peers: { type: 'string', default: '' },
    rounds: { type: 'string', default: '3' },
    core: { type: 'string', default: 'relaxed' },
  },
});
const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
const TYPES = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.wasm': 'application/wasm',
  '.json': 'application/json',
};

const median = (list) => [...list].sort((a, b) => a - b)[list.length >> 1];

/** Files from elsewhere, by their addresses. */
const files = new Map([
  ['/large.onnx', path.join(root, 'build/large.onnx')],
  ['/model.onnx', given.model],
]);

function serve() {
  const server = http.createServer((request, response) => {
    const asked = decodeURIComponent(new URL(request.url, 'http://local').pathname);
    const file = files.get(asked) ?? path.join(root, path.normalize(asked));
    fs.readFile(file, (error, bytes) => {
      if (error) return response.writeHead(404).end();
      response.setHeader('Content-Type', TYPES[path.extname(file)] ?? 'application/octet-stream').end(bytes);
    });
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

/** Runs `work` in a fresh Chromium on the benchmark's page. */
async function inBrowser(work) {
  const server = await serve();
  const profile = fs.mkdtempSync(path.join(os.tmpdir(), 'phaselens-bench-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ARGUMENTS,
  });
  try {
    const page = await context.newPage();
    await page.goto(`http://127.0.0.1:${server.address().port}/tests/bench/page.html`);
    await page.waitForFunction('window.ready');
    return await work(page);
  } finally {
    await context.close();
    fs.rmSync(profile, { recursive: true, force: true });
    server.close();
  }
}

const RECIPE = { size: 256, crops: 4, cropSize: 224, steps: 20, build: given.core };
const ourStep = (workers) =>
  inBrowser((page) => page.evaluate((options) => window.stepTimes(options), { ...RECIPE, workers })).then(median);

function peerStep() {
  const run = spawnSync(
    'node',
    [
      'run.mjs',
      '--impl',
      'tfjs',
      '--backend',
      'wasm',
      '--variant',
      'tuned',
      '--threads',
      '1',
      '--model',
      'efficientnet_lite0',
      '--image',
      '256',
      '--what',
      'step',
      '--reps',
      '15',
      '--out',
      'none',
    ],
    { cwd: given.peers, encoding: 'utf8' },
  );
  if (run.status) throw new Error(`the peer failed: ${run.stderr}`);
  return JSON.parse(run.stdout).step_ms_median;
}

/** Whole steps, taken in turn so that load on the machine meets everyone alike. */
async function wholeSteps() {
  const rows = { one: [], two: [], peer: [] };
  for (let round = 0; round < Number(given.rounds); round++) {
    rows.one.push(await ourStep(1));
    rows.two.push(await ourStep(2));
    if (given.peers) rows.peer.push(peerStep());
  }
  const show = (list) => `${median(list).toFixed(0)} ms (${list.map((x) => x.toFixed(0)).join(', ')})`;
  console.log(
    `\nA whole step: EfficientNet-Lite0, 256 px, 4 crops of 224, Chromium, ${given.core}; median of each turn's 20 steps`,
  );
  console.log(`  one worker        ${show(rows.one)}`);
  console.log(`  two workers       ${show(rows.two)}  -> ${(median(rows.one) / median(rows.two)).toFixed(2)}x one`);
  if (given.peers)
    console.log(
      `  best tuned peer   ${show(rows.peer)}  -> ours is ${(median(rows.peer) / median(rows.one)).toFixed(2)}x as fast`,
    );
  else console.log('  best tuned peer   skipped: no --peers');
}

function byKind(operators) {
  const kinds = new Map();
  for (const o of operators) {
    const row = kinds.get(o.kind) ?? { kind: o.kind, count: 0, mmacs: 0, forward_ms: 0, backward_ms: 0 };
    for (const key of ['mmacs', 'forward_ms', 'backward_ms']) row[key] += o[key];
    row.count++;
    kinds.set(o.kind, row);
  }
  return [...kinds.values()];
}

const speed = (mmacs, ms) => (mmacs ? (mmacs / ms).toFixed(1) : '-').padStart(8);

function showCore(report) {
  console.log(`\nThe network, one thread, crops of ${report.crop}; SIMD peak of this run ${report.peak_gmacs} GMAC/s`);
  for (const batch of [1, report.crops]) {
    const b = report[`batch${batch}`];
    console.log(
      `  ${batch} crop${batch > 1 ? 's' : ' '}  forward ${b.forward_ms} ms (${b.forward_gmacs} GMAC/s), forward and backward ` +
        `${b.forward_backward_ms} ms (${b.forward_backward_gmacs} GMAC/s), ${b.ratio}x forward; ${b.memory_mb} MB`,
    );
  }
  console.log('\nOperators, one crop      count   forward ms  GMAC/s  backward ms  GMAC/s');
  for (const o of byKind(report.operators))
    console.log(
      `  ${o.kind.padEnd(22)} ${String(o.count).padStart(5)} ${o.forward_ms.toFixed(2).padStart(12)}${speed(o.mmacs, o.forward_ms)}` +
        `${o.backward_ms.toFixed(2).padStart(13)}${speed(o.mmacs, o.backward_ms)}`,
    );
  console.log('\nBeside the network, ms a step');
  for (const { image, crops, crop, ms } of report.pictures) {
    const parts = Object.entries(ms).map(([part, time]) => `${part} ${time.toFixed(2)}`);
    const step = Object.values(ms).reduce((sum, time) => sum + time, -ms.frame);
    console.log(`  ${image} px, ${crops} crops of ${crop}: ${parts.join(', ')}; without the frame ${step.toFixed(2)}`);
  }
}

const report = (what, url) => inBrowser((page) => page.evaluate((given) => window.coreReport(...given), [given.core, what, url]));

/** What loading a large file takes beyond its parts: copying its bytes into WebAssembly's memory, and XNNPACK's packing, each into new
 * memory. */
async function loading() {
  const { bytes, weights } = largeModel();
  fs.writeFileSync(files.get('/large.onnx'), bytes);
  const parts = await report('load', '/large.onnx');
  const whole = await inBrowser((page) =>
    page.evaluate((options) => window.loadCost(options), { url: '/large.onnx', build: given.core, rounds: 5 }),
  );
  const least = parts.reading_ms + parts.packing_ms,
    all = whole.load_ms + whole.ready_ms;
  const mb = (value) => (value / 1e6).toFixed(0),
    arena = parts.arena_mb * 1e6;
  console.log(`\nLoading a file of ${mb(bytes.length)} MB, one worker, until the first gradient; best of 5`);
  console.log(
    `  reading ${parts.reading_ms.toFixed(0)} ms, packing ${parts.packing_ms.toFixed(0)} ms; the whole ${all.toFixed(0)} ms ` +
      `(${whole.load_ms.toFixed(0)} to load, ${whole.ready_ms.toFixed(0)} to be ready) -> ${(all / least).toFixed(2)}x the parts`,
  );
  console.log(
    `  memory at most ${mb(whole.heap)} MB; weights ${mb(weights)} MB, what the network holds for one crop, packed weights among it, ` +
      `${mb(arena)} MB -> ${(whole.heap / weights).toFixed(2)}x the weights`,
  );
}

/** Multiply-adds a second of a whole network and of the 3x3 convolutions of another, in one run. */
async function transformer() {
  if (!fs.existsSync(given.model)) return console.log('\nA transformer: skipped, no --model');
  if (!fs.existsSync(files.get('/large.onnx'))) fs.writeFileSync(files.get('/large.onnx'), largeModel().bytes);
  const { batch1 } = await report('network', '/model.onnx');
  const { operators } = await report('network', '/large.onnx');
  const dense = operators.filter(({ name }) => /conv2$/.test(name));
  const sum = (key) => dense.reduce((total, operator) => total + operator[key], 0);
  const speeds = [
    [batch1.forward_gmacs, sum('mmacs') / sum('forward_ms')],
    [batch1.forward_backward_gmacs, (2 * sum('mmacs')) / (sum('forward_ms') + sum('backward_ms'))],
  ];
  console.log(`\n${path.basename(given.model)} beside dense 3x3 convolutions, one crop, GMAC/s`);
  for (const [i, [own, other]] of speeds.entries())
    console.log(
      `  ${i ? 'forward and backward' : 'forward             '}  ${own.toFixed(1)} of ${other.toFixed(1)}: ${((100 * own) / other).toFixed(0)} %`,
    );
}

const sections = { core: async () => showCore(await report('report')), steps: wholeSteps, load: loading, transformer };
for (const [name, run] of Object.entries(sections)) if (!given.only || given.only === name) await run();
