// The benchmark's page: whole steps through the API as a page uses it, and the core's own report out of a worker.
import { loadManifest, loadModel, logit } from '/dist/index.js';
import { judge } from '/tests/report/judge.mjs';

/** Runs `work` with a model: of a file by its address, or the packaged one. */
async function withModel(url, options, work) {
  const source = url || (await loadManifest())[0];
  const model = await loadModel(source, url ? { ...options, preprocessing: HALF } : options);
  try {
    return await work(model);
  } finally {
    await model.dispose();
  }
}

const HALF = { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] };

/** Steps that are left out while the engine still optimizes, and that are taken at least after them. */
const FIRST = 5,
  LEAST = 5;

/** Milliseconds of each step of a run that lasts some seconds, and the multiply-adds of one. */
window.stepTimes = ({ url, workers, build, seconds, ...options }) =>
  withModel(url, { workers, build }, async (model) => {
    const run = model.visualize(logit(985), { ...options, steps: 2000, seed: 1 });
    const times = [];
    let last, end, cost;
    for await (const { index } of run) {
      cost ??= await run.cost();
      const now = performance.now();
      if (index === FIRST) end = now + 1000 * seconds;
      if (index > FIRST) times.push(now - last);
      last = now;
      if (now > end && times.length >= LEAST) break;
    }
    return { times, macs: cost.macs };
  });

/** Milliseconds between a helper's crops and what the lead does on either side of them. */
function messages(spans) {
  const one = (worker, what) => spans.find((span) => span.worker === worker && span.what === what);
  const end = (span) => span.start + span.duration;
  const [sent, crops, waited] = [one(0, 'send'), one(1, 'crops'), one(0, 'wait')];
  return sent && crops && waited ? { to: crops.start - end(sent), from: end(waited) - end(crops) } : {};
}

/** What each worker's time goes into, milliseconds of each step by `worker: part`, and from one step to the next. */
window.timeline = ({ url, workers, build, seconds, ...options }) =>
  withModel(url, { workers, build }, async (model) => {
    const list = [];
    let last, end;
    for await (const { index, timeline } of model.visualize(logit(985), { ...options, steps: 2000, seed: 1, timeline: true })) {
      const { start } = timeline.find(({ what }) => what === 'image');
      if (index === FIRST) end = start + 1000 * seconds;
      if (index > FIRST) {
        const parts = { step: start - last, ...messages(timeline) };
        for (const { worker, what, duration } of timeline)
          parts[`${worker}: ${what}`] = (parts[`${worker}: ${what}`] ?? 0) + duration;
        list.push(parts);
      }
      last = start;
      if (start > end && list.length >= LEAST) break;
    }
    return list;
  });

/** The SIMD peak, GMAC/s of a thread, while so many threads are busy. */
window.peak = async (flavour, threads) => {
  const reports = await Promise.all(Array.from({ length: threads }, () => window.coreReport(flavour, 'peak', '', [])));
  return reports.reduce((sum, { peak_gmacs }) => sum + peak_gmacs / threads, 0);
};

/** What one of bench.c's reports says; `numbers` are the parameters after the file. */
window.coreReport = (flavour, what, url, numbers) =>
  new Promise((resolve, reject) => {
    const worker = new Worker('core_worker.js', { type: 'module' });
    worker.onmessage = ({ data }) => {
      worker.terminate();
      data.error ? reject(new Error(`bench.c: ${data.error}`)) : resolve(data.report);
    };
    worker.onerror = (event) => reject(new Error(event.message));
    worker.postMessage({ flavour, what, url, numbers });
  });

/** The networks that `recognize` needs: the one that pictures are made of, and those that judge them. */
let painter, judges;

/** Loads them; a first run of few steps lets the engine optimize. */
window.loadRecognition = async ({ workers, build, recipe, networks }) => {
  painter = await loadModel((await loadManifest())[0], { workers, build });
  judges = [];
  for (const { id, url, preprocessing } of networks)
    judges.push({ id, model: await loadModel(url, { workers: 1, build, preprocessing }) });
  for await (const step of painter.visualize(logit(0), { ...recipe, seed: 1 })) if (step.index >= 2 * FIRST) break;
};

/** The frames of a run and of what it is gone on with, if with anything: every so many steps and the last of each, with their times since
 * the beginning and multiply-adds. */
async function paint(unit, recipe, more, every) {
  const start = performance.now();
  const run = painter.visualize(logit(unit), { ...recipe, seed: 1 });
  const frames = await framesOf(run, every, start);
  if (more) {
    const { height, width, crops, cropSize, learningRate } = run.config;
    const { steps, rate } = more;
    const next = run.refine({ height, width, crops, cropSize, steps, learningRate: learningRate * rate, schedule: 'linear' });
    const last = frames.at(-1);
    for (const { step, seconds, gmacs, frame } of await framesOf(next, every, start))
      frames.push({ step: last.step + step, seconds, gmacs: last.gmacs + gmacs, frame });
    await next.stop();
  }
  await run.stop();
  return { frames, config: run.config };
}

async function framesOf(run, every, start) {
  const frames = [];
  for await (const { index, steps, frame } of run)
    if (index % every === every - 1 || index === steps - 1)
      frames.push({ step: index + 1, seconds: (performance.now() - start) / 1000, frame });
  const { macs } = await run.cost();
  return frames.map((frame) => ({ ...frame, gmacs: (frame.step * macs) / 1e9 }));
}

/** When the first judge first names the picture of a class right, by seconds, steps and multiply-adds; what all say of the last frame.
 * Nobody judges before the run is over. */
window.recognize = async ({ unit, recipe, more, every }) => {
  const { frames, config } = await paint(unit, recipe, more, every);
  const [first] = judges;
  const last = frames.at(-1);
  const result = { unit, config, steps: last.step, seconds: last.seconds, gmacs: last.gmacs, named: null };
  for (const { step, seconds, gmacs, frame } of frames) {
    if ((await judge([first], null, frame, unit))[first.id] > 1) continue;
    result.named = { step, seconds, gmacs };
    break;
  }
  result.guesses = await judge(judges, null, last.frame, unit);
  return result;
};

/** Milliseconds until a file's first gradient, less those of its second; and the worker's memory. Everything else is warm. */
window.loadCost = async ({ url, build, rounds }) => {
  const blob = await (await fetch(url)).blob();
  const image = { data: new Float32Array(3 * 224 * 224).fill(0.5), height: 224, width: 224 };
  const [entry] = await loadManifest();
  await (await loadModel(entry, { workers: 1, build })).dispose();
  const results = [];
  for (let round = 0; round < rounds; round++) {
    const start = performance.now();
    const model = await loadModel(blob, { workers: 1, build });
    const loaded = performance.now();
    await model.gradient(image, logit(0));
    const first = performance.now();
    await model.gradient(image, logit(0));
    const second = performance.now();
    const [{ heap, used }] = await model.memory();
    await model.dispose();
    results.push({ load_ms: loaded - start, ready_ms: first - loaded - (second - first), heap, used });
  }
  return results.reduce((best, one) => (one.load_ms + one.ready_ms < best.load_ms + best.ready_ms ? one : best));
};

window.ready = true;
