// The benchmark's page: whole steps through the API as a page uses it, and the core's own report out of a worker.
import { loadManifest, loadModel, logit } from '/dist/api/index.js';

/** Milliseconds of each step of a run, the first few left out while the engine still optimizes. */
window.stepTimes = async ({ workers, build, steps, ...options }) => {
  const [entry] = await loadManifest();
  const model = await loadModel(entry, { workers, build });
  try {
    const times = [];
    let last;
    for await (const step of model.visualize(logit(985), { ...options, steps: steps + 5, seed: 1 })) {
      const now = performance.now();
      if (step.index >= 5 && last !== undefined) times.push(now - last);
      last = now;
    }
    return times;
  } finally {
    await model.dispose();
  }
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
